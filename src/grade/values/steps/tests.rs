use super::*;
use crate::grade::values::tests::read;

/// Period, degree and lattice.
fn rhythm(text: &str, jumps: Jumps) -> Option<(u64, Option<u64>, u64)> {
    let ([(tree, id)], budget) = (read([text]), Budget::new());
    let parts = [(&tree, id)];
    let survey = Survey::of(&parts, &budget).unwrap();
    let Proof { rhythm, lattice } = proof(&survey, jumps, &budget)?;
    Some((rhythm.period, rhythm.degree, lattice))
}

#[test]
fn functions_of_whole_numbers_repeat_themselves() {
    for (text, expected) in [
        (r"\lfloor n\rfloor", (1, Some(1), 1)),
        (r"\lfloor\frac n2\rfloor", (2, Some(1), 2)),
        (r"\lceil\frac{n^2}4\rceil", (4, Some(2), 4)),
        (r"\lfloor\frac n2\rfloor^3", (2, Some(3), 2)),
        (r"\frac{\lfloor n/2\rfloor}{3}", (2, Some(1), 2)),
        (r"\frac{\lfloor n/2\rfloor}{3}\cdot\frac n5", (2, Some(2), 2)),
        (r"\frac{n^2}{3}+\lfloor\frac n2\rfloor", (2, Some(2), 2)),
        (r"\lfloor\frac n4\rfloor-\lfloor\frac n6\rfloor", (12, Some(1), 12)),
        (r"(\frac n3)^2+\lfloor n\rfloor", (1, Some(2), 1)),
        (r"\lfloor 50n\%\rfloor", (100, Some(1), 100)),
        (r"\sqrt{\lfloor n/2\rfloor}", (2, None, 2)),
        (r"f(\lfloor n/2\rfloor)", (2, None, 2)),
        (r"2^n+\lfloor n\rfloor", (1, None, 1)),
        (r"n^{65}+\lfloor n\rfloor", (1, None, 1)),
        (r"n^{64}+\lfloor n\rfloor", (1, Some(64), 1)),
        (r"\frac{1}{n}+\lfloor n\rfloor", (1, None, 1)),
        (r"x+\lfloor n\rfloor", (1, Some(1), 1)),
        (r"x\lfloor\frac n2\rfloor", (2, Some(1), 2)),
        ("(-1)^n", (2, Some(0), 1)),
        (r"(-1)^{\frac{n(n+1)}{2}}", (8, Some(0), 1)),
        ("(-2)^n", (2, None, 1)),
        (r"\gcd(n,6)", (6, Some(0), 1)),
        (r"\gcd(n,4,6)", (4, Some(0), 1)),
        (r"\operatorname{lcm}(n^2,6)", (6, Some(2), 1)),
    ] {
        assert_eq!(rhythm(text, Jumps::AtWholeNumbers), Some(expected), "{text}");
    }
    for text in [
        r"\operatorname{lcm}(n,4,6)",
        r"\gcd(m,n)",
        r"\gcd(\frac n2,4)",
        r"\gcd(n,0)",
        r"\gcd(n,-2)",
        r"|n-5|+\lfloor n\rfloor",
        r"\operatorname{sgn}(n)+\lfloor n\rfloor",
        r"\max(n,5)+\lfloor n\rfloor",
        r"\lfloor\frac n{601}\rfloor",
        r"\lfloor\sqrt n\rfloor",
    ] {
        assert_eq!(rhythm(text, Jumps::AtWholeNumbers), None, "{text}");
    }
}

#[test]
fn denominators_are_followed_into_the_next_floor() {
    for (text, lattice) in [
        (r"\lfloor\frac{\lfloor n/2\rfloor}{3}\rfloor", 6),
        (r"\lfloor\frac{\lfloor n/2\rfloor}{3}\cdot\frac n5\rfloor", 30),
        (r"\lfloor\frac{\lfloor n/2\rfloor}{3}\cdot\frac n3\rfloor", 18),
        (r"\lfloor\frac{\lfloor n/2\rfloor}{2}\rfloor", 2),
        (r"\lfloor\frac{(-1)^{n(n+1)/2}}{5}\rfloor", 5),
        (r"\lfloor\frac{n^2}{3}+\frac n2\rfloor", 6),
        (r"\lfloor(\frac n3)^2\rfloor", 9),
        (r"\lfloor\frac{(-1)^n}{5}\rfloor", 5),
        (r"\lfloor\frac{\gcd(n,6)}{7}\rfloor", 7),
        (r"\lfloor\frac n7+\frac35\rfloor", 35),
    ] {
        assert_eq!(rhythm(text, Jumps::AtWholeNumbers).expect(text).2, lattice, "{text}");
    }
    for text in
        [r"\lfloor\frac{1}{n}\rfloor", r"\lfloor\pi n\rfloor", r"\lfloor\frac{n}{\pi}\rfloor"]
    {
        assert_eq!(rhythm(text, Jumps::AtWholeNumbers), None, "{text}");
    }
}

#[test]
fn between_their_jumps_floors_of_any_numbers_are_polynomials() {
    for (text, expected) in [
        (r"\lfloor x\rfloor", (1, Some(1), 1)),
        (r"\lceil\frac x2\rceil", (1, Some(1), 2)),
        (r"x^2\lfloor x\rfloor", (1, Some(3), 1)),
        ("(-1)^n", (4, Some(0), 1)),
    ] {
        assert_eq!(rhythm(text, Jumps::Anywhere), Some(expected), "{text}");
    }
    assert_eq!(rhythm(r"\gcd(n,6)", Jumps::Anywhere), None);
}

#[test]
fn floors_of_linear_forms_jump_on_a_grid() {
    let grid = |text: &str| {
        let ([(tree, id)], budget) = (read([text]), Budget::new());
        let parts = [(&tree, id)];
        let survey = Survey::of(&parts, &budget).unwrap();
        let grid = Grid::of(&survey, &budget)?;
        assert_eq!(grid.name, u64::from(u32::from('x')));
        Some((grid.steps, grid.period, grid.degree, grid.lattice))
    };
    assert_eq!(grid(r"\lfloor x\rfloor"), Some((1, 1, Some(1), 1)));
    assert_eq!(grid(r"\lfloor\frac{3x}{2}+\frac14\rfloor"), Some((12, 2, Some(1), 96)));
    assert_eq!(grid(r"\lfloor\frac x2\rfloor\lceil-\frac{2x}3\rceil"), Some((2, 6, Some(2), 12)));
    for text in [r"\lfloor x^2\rfloor", r"\lfloor x\rfloor\lfloor y\rfloor", r"\lfloor\pi x\rfloor"]
    {
        assert_eq!(grid(text), None, "{text}");
    }
}
