use super::*;
use crate::grade::read::expressions;

/// What the forms of two expressions say.
fn decided(a: &str, b: &str) -> Option<bool> {
    let [(x, a), (y, b)] = expressions([a, b]);
    equal((&x, a), (&y, b), &Budget::new())
}

#[test]
fn without_anything_opaque_forms_decide() {
    for (a, b) in [
        ("(x+1)^2", "x^2+2x+1"),
        (r"\sqrt{12}", r"2\sqrt3"),
        (r"\frac{1}{\sqrt2}", r"\frac{\sqrt2}{2}"),
        ("i^6", "-1"),
        ("|x|^2", "x^2"),
    ] {
        assert_eq!(decided(a, b), Some(true), "{a} = {b}");
    }
    for (a, b) in [("x", "y"), (r"\pi+10^{-25}", r"\pi"), (r"\sqrt2", r"\sqrt3")] {
        assert_eq!(decided(a, b), Some(false), "{a} = {b}");
    }
}

#[test]
fn what_is_opaque_is_known_by_what_it_is_made_from() {
    for (a, b) in [
        ("|2-2x|", "2|x-1|"),
        (r"\lfloor x+3\rfloor-3", r"\lfloor x\rfloor"),
        (r"\lceil x\rceil", r"-\lfloor-x\rfloor"),
        (r"\max(a,b,1,2)", r"\max(2,\max(b,a))"),
        (r"\min(a,b)", r"-\max(-a,-b)"),
        (r"\sqrt{4x+4}", r"2\sqrt{1+x}"),
        (r"\sqrt{x+1}\sqrt{x+1}", "x+1"),
        ("2^{n+1}-2^n", "2^n"),
        ("6^n", r"2^n\cdot3^n"),
        (r"\sin(1-x)", r"-\sin(x-1)"),
        (r"\lceil\log_2(n+1)\rceil", r"\lfloor\log_2 n\rfloor+1"),
        (r"\frac{2024!}{2}", r"1012\cdot2023!"),
        (r"\binom{4020}{3015}", r"\binom{4020}{1005}"),
        ("(a+b+c+d)^{60}", "(d+c+b+a)^{60}"),
    ] {
        assert_eq!(decided(a, b), Some(true), "{a} = {b}");
    }
}

/// Different forms of what is opaque may have one value: that is for others to tell.
#[test]
fn different_forms_of_what_is_opaque_decide_nothing() {
    for (a, b) in [
        (r"\sin^2x+\cos^2x", "1"),
        (r"\lfloor n/2\rfloor", r"\lfloor (n+1)/2\rfloor"),
        (r"\lceil\log_2(x+1)\rceil", r"\lfloor\log_2 x\rfloor+1"),
        (r"\sqrt{3+2\sqrt2}", r"1+\sqrt2"),
        ("|x|", "x"),
    ] {
        assert_eq!(decided(a, b), None, "{a} = {b}");
    }
}

/// `\ln 0 - \ln 0` is no number.
#[test]
fn what_may_have_no_value_does_not_vanish() {
    for (a, b) in
        [(r"5+\ln 0-\ln 0", "5"), (r"5\cdot\frac{\ln 0}{\ln 0}", "5"), (r"5+0\cdot\ln 0", "5")]
    {
        assert_eq!(decided(a, b), None, "{a} = {b}");
    }
    assert_eq!(decided(r"\ln x-\ln x+y", r"y+0\ln x"), Some(true));
    assert_eq!(decided(r"|x|-|x|+5", "5"), Some(true));
}
