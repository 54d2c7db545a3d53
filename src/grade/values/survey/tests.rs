use super::*;
use crate::grade::values::tests::read;

/// The form, whether it is complex, how many bends there are, and the variables for whole numbers.
fn surveyed(text: &str) -> (Form, bool, usize, String) {
    let ([(tree, id)], budget) = (read([text]), Budget::new());
    let parts = [(&tree, id)];
    let Survey { form, complex, bends, letters, .. } = Survey::of(&parts, &budget).unwrap();
    let whole = letters.iter().filter(|letter| letter.whole).map(|letter| match letter.node {
        Node::Variable(letter) => *letter,
        _ => '?',
    });
    (form, complex, bends.len(), whole.collect())
}

#[test]
fn forms_bends_and_whole_numbers_are_seen() {
    use Form::*;
    for (text, form, bends, whole) in [
        ("x^2+1", Smooth, 0, ""),
        ("x^{-2}+2^x", Smooth, 0, ""),
        (r"\sin x+\operatorname{arsinh} x", Smooth, 0, ""),
        (r"\sqrt2\cdot x+|3|\cdot x+\ln 5\cdot x", Smooth, 0, ""),
        ("x^{1/2}", Branching, 0, ""),
        ("x^x", Branching, 0, ""),
        (r"\log_2x", Branching, 0, ""),
        (r"\sqrt[x]{2}", Branching, 0, ""),
        (r"\sqrt x", Branching, 0, ""),
        (r"\sqrt{x^2}", Branching, 1, ""),
        (r"\sqrt[3]{x^2}", Branching, 0, ""),
        (r"\sqrt{x^3}", Branching, 0, ""),
        (r"\sqrt{(x^2+1)^2}", Branching, 0, ""),
        ("|x|", Branching, 1, ""),
        ("|x^3|", Branching, 1, ""),
        ("|x^2+1|", Branching, 0, ""),
        ("|-5xy|", Branching, 2, ""),
        (r"|\frac xy|", Branching, 2, ""),
        ("|x-y|", Branching, 1, ""),
        ("|e^x|", Branching, 0, ""),
        (r"\max(x,y)+\operatorname{sgn}(x)", Branching, 2, ""),
        ("n!", WholeNumbers, 0, "n"),
        ("(2x+y)!!", WholeNumbers, 0, "xy"),
        (r"\binom{x}{y}", WholeNumbers, 0, "xy"),
        (r"\lfloor x\rfloor", Jumping, 0, ""),
        (r"\lceil n\rceil", Jumping, 0, "n"),
        (r"(\lfloor x\rfloor+y)!", Jumping, 0, "y"),
        (r"\gcd(x,y)", Jumping, 0, "xy"),
        ("(-2)^x", Jumping, 0, "x"),
        ("(-x)^y", Branching, 0, ""),
    ] {
        assert_eq!(surveyed(text), (form, false, bends, whole.to_string()), "{text}");
    }
    for function in [
        "arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc", "arcosh", "artanh", "ln", "log",
    ] {
        let text = format!(r"\operatorname{{{function}}}(x)");
        assert_eq!(surveyed(&text).0, Branching, "{text}");
    }
    assert_eq!(surveyed(r"\arg(x)").0, Branching);
    // The absolute value of what is complex bends nowhere.
    assert_eq!(surveyed("ix+|x|"), (Branching, true, 1, String::new()));
    assert_eq!(surveyed("|ix|"), (Branching, true, 0, String::new()));
}

#[test]
fn variables_have_names_of_their_own() {
    let [(tree, id)] = read([r"x\alpha_1+\alpha_2+\alpha_1"]);
    let parts = [(&tree, id)];
    let names = Survey::of(&parts, &Budget::new()).unwrap().letters;
    let mut names: Vec<u64> = names.iter().map(|letter| letter.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3);
    assert_eq!(names[0], u64::from(u32::from('x')));
    assert!(names[1] >> 32 == 1 && names[2] >> 32 == 1);
}

#[test]
fn the_form_says_what_sign_there_is() {
    for (text, expected) in [
        ("3", Positive),
        ("0", NotNegative),
        ("-3", Negative),
        (r"\pi", Positive),
        (r"-\pi", Negative),
        (r"-(-\pi)", Positive),
        (r"5-(-\pi)", Positive),
        ("x", Unknown),
        (r"3+\pi", Positive),
        (r"3-\pi", Unknown),
        (r"-3-\pi", Negative),
        ("x^2", NotNegative),
        ("x^3", Unknown),
        ("x^2+3", Positive),
        ("3+x^2", Positive),
        ("x^2+y^2", NotNegative),
        ("x^2-3", Unknown),
        ("-3-x^2", Unknown),
        ("3x^2", NotNegative),
        (r"x^2\cdot 3", NotNegative),
        ("x^2y^2", NotNegative),
        ("-3x", Unknown),
        (r"(-3)(-\pi)", Positive),
        (r"(-3)\pi", Negative),
        (r"3(-\pi)", Negative),
        ("(-3)x^2", Unknown),
        (r"\frac{3}{x^2}", Positive),
        (r"\frac{-3}{x^2}", Negative),
        (r"\frac{x^2}{3}", NotNegative),
        (r"\frac{3}{-\pi}", Negative),
        ("e^x", Positive),
        ("(x^2)^y", NotNegative),
        ("(-3)^2", NotNegative),
        (r"\sqrt x", NotNegative),
        (r"\sqrt5", Positive),
        (r"\sqrt[3]x", Unknown),
        (r"\sqrt[3]{-5}", Unknown),
        (r"\sqrt[3]{x^2}", NotNegative),
        ("|x|", NotNegative),
        ("|-5|", Positive),
        ("|x^2+5|", Positive),
        (r"\cosh x", Positive),
        (r"\arccos x", NotNegative),
        (r"5\%", Positive),
    ] {
        let [(tree, id)] = read([text]);
        let signs = signs((&tree, id), &Budget::new()).unwrap();
        assert_eq!(signs.last(), Some(&expected), "{text}");
    }
}
