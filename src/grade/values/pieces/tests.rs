use super::*;
use crate::grade::values::tests::read;

/// The places, whether these are all, and how many bends are nowhere to be found.
fn found(text: &str) -> Option<(Vec<f64>, bool, usize)> {
    let ([(tree, id)], budget) = (read([text]), Budget::new());
    let parts = [(&tree, id)];
    let survey = Survey::of(&parts, &budget).unwrap();
    let mut bends = survey.bends.clone();
    let Places { at, all } = places(&survey, survey.letters[0].node, &mut bends, &budget)?;
    Some((at, all, bends.len()))
}

#[test]
fn a_function_is_parted_where_it_bends_or_ends() {
    let golden = f64::midpoint(1.0, 5_f64.sqrt());
    let three = 3_f64.sqrt();
    for (text, expected) in [
        ("|x-1|", &[0.0, 1.0][..]),
        ("|x^2-4|", &[-2.0, 0.0, 2.0]),
        ("|(x-3)(x+5)|", &[-5.0, 0.0, 3.0]),
        (r"|\frac{x-1}{x+2}|", &[-2.0, 0.0, 1.0]),
        (r"\frac{1}{x-3}+|x|", &[0.0, 3.0]),
        (r"\frac{1}{(x-3)(x+5)}+|x|", &[-5.0, 0.0, 3.0]),
        (r"\frac{1}{-|x-3|}+|x|", &[0.0, 3.0]),
        (r"\sqrt{x-2}+|x|", &[0.0, 2.0]),
        (r"\sqrt{(x-2)^{1/2}}+|x|", &[0.0, 2.0]),
        (r"\sqrt[x-7]{2}+|x|", &[0.0, 7.0]),
        (r"\ln(x+5)+|x|", &[-5.0, 0.0]),
        (r"\log_x 7+|x|", &[0.0, 1.0]),
        (r"\log_{x-2}(x-5)+|x|", &[0.0, 2.0, 3.0, 5.0]),
        (r"\arcsin(x-3)+|x|", &[0.0, 2.0, 4.0]),
        (r"\arcsin(2(x-3))+|x|", &[0.0, 2.5, 3.5]),
        (r"\arcsin(-x)+|x|", &[-1.0, 0.0, 1.0]),
        (r"\operatorname{arcosh}(x-5)+|x|", &[0.0, 6.0]),
        (r"\operatorname{arcosh}(-x)+|x|", &[-1.0, 0.0]),
        (r"\operatorname{arcosh}|x-3|+|x|", &[0.0, 2.0, 3.0, 4.0]),
        (r"\operatorname{arcosh}((x-3)^2)+|x|", &[0.0, 2.0, 3.0, 4.0]),
        (r"\operatorname{arcsec}(x-5)+|x|", &[0.0, 4.0, 5.0, 6.0]),
        ("(x-3)^{-2}+|x|", &[0.0, 3.0]),
        ("(x-3)^2+|x|", &[0.0]),
        ("(x-3)^{1/2}+|x|", &[0.0, 3.0]),
        (r"\tan 2+|x|", &[0.0]),
        (r"\max(x,1-x)", &[0.0, 0.5]),
        (r"\max(x,x^2,3)", &[-three, 0.0, 0.5, 1.0, three, 3.0]),
        ("||x|-3|", &[-3.0, 0.0, 3.0]),
        ("|-|x|+3|", &[-3.0, 0.0, 3.0]),
        (r"|\max(x,3)-5|", &[0.0, 3.0, 5.0]),
        (r"|\frac{x}{x-1}+\frac1x|", &[-golden, -0.5, 0.0, golden - 1.0, 1.0]),
        (r"|2-\frac{|x|}{x+4}|", &[-8.0, -4.0, -8.0 / 3.0, 0.0]),
        ("||x-2|x-8|", &[-2.0, 0.0, 1.0, 2.0, 4.0]),
    ] {
        let (at, all, open) = found(text).expect(text);
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        assert!(at.len() == expected.len() && at.iter().zip(expected).all(near), "{text}: {at:?}");
        assert!(all && open == 0, "{text}");
    }
}

#[test]
fn what_is_not_found_is_said() {
    assert_eq!(found(r"\tan x+|x|"), Some((vec![0.0], false, 0)));
    assert_eq!(found(r"\frac{1}{(x-3)^x}+|x|"), Some((vec![0.0, 3.0], false, 0)));
    assert_eq!(found("|e^x-1|"), Some((vec![0.0], true, 1)));
    assert_eq!(found("|x^9-x-1|"), Some((vec![0.0], true, 1)));
    assert_eq!(found("|x|+|x-10^{-9}|"), None);
}

#[test]
fn quotients_are_those_of_polynomials() {
    assert_eq!(product(&[1.0, 2.0], &[3.0, 4.0]), [3.0, 10.0, 8.0]);
    assert_eq!(sum(&[1.0, 2.0], &[3.0], -2.0), [-5.0, 2.0]);
    let (a, b) = (
        Quotient { top: vec![1.0, 2.0], bottom: vec![3.0] },
        Quotient { top: vec![5.0], bottom: vec![0.0, 7.0] },
    );
    let parts = |q: &Quotient| (q.top.clone(), q.bottom.clone());
    assert_eq!(parts(&a.plus(&b, -1.0)), (vec![-15.0, 7.0, 14.0], vec![0.0, 21.0]));
    assert_eq!(parts(&a.times(&b)), (vec![5.0, 10.0], vec![0.0, 21.0]));
    assert_eq!(parts(&a.inverse()), (vec![3.0], vec![1.0, 2.0]));
    assert_eq!(parts(&a.opposite()), (vec![-1.0, -2.0], vec![3.0]));
}

#[test]
fn zeros_and_turns_of_polynomials() {
    let near = |polynomial: &[f64], expected: &[f64]| {
        let mut zeros = zeros_and_turns(polynomial).unwrap();
        zeros.sort_by(f64::total_cmp);
        zeros.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
        assert_eq!(zeros.len(), expected.len(), "{polynomial:?}: {zeros:?}");
        assert!(zeros.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{zeros:?}");
    };
    near(&[5.0], &[]);
    near(&[-50.0, 1.0], &[50.0]);
    near(&[1.0, 0.0, 1.0], &[0.0]);
    near(&[1e6, -2000.0, 1.0], &[1000.0]);
    near(&[1.0 / 9.0, -2.0 / 3.0, 1.0], &[1.0 / 3.0]);
    near(
        &[-6.0, 11.0, -6.0, 1.0],
        &[1.0, 2.0 - 3_f64.sqrt().recip(), 2.0, 2.0 + 3_f64.sqrt().recip(), 3.0],
    );
    near(&[-50.0, 0.01], &[5000.0]);
    near(&[-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], &[-1.0, 0.0, 1.0]);
    for degree in [9, 10] {
        assert_eq!(zeros_and_turns(&vec![1.0; degree + 1]), None);
    }
    assert_eq!(zeros_and_turns(&[f64::NAN, 1.0]), None);
}
