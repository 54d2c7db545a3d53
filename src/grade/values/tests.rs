//! Functions compared by their values alone.

use super::*;
pub(super) use crate::grade::read::expressions as read;

#[track_caller]
fn all_are(closeness: Closeness, pairs: &[(&str, &str)]) {
    for (a, b) in pairs {
        let [(x, one), (y, other)] = read([a, b]);
        let (one, other) = ((&x, one), (&y, other));
        assert_eq!(compare(one, other, &Budget::new()), closeness, "{a} and {b}");
        assert_eq!(compare(other, one, &Budget::new()), closeness, "{b} and {a}");
    }
}

#[test]
fn constants() {
    all_are(
        Closeness::Same,
        &[
            (r"\sqrt2+\sqrt3", r"\sqrt{5+2\sqrt6}"),
            (r"\zeta(2)+1", r"1+\zeta(2)"),
            (r"\zeta(2)\cos^2 1+\zeta(2)\sin^2 1", r"\zeta(2)"),
            (r"e^{i\pi}", "-1"),
            (r"\ln(-1)", r"i\pi"),
        ],
    );
    all_are(
        Closeness::Different,
        &[(r"\sqrt2+\sqrt3", r"\sqrt{10}"), (r"\zeta(2)", "2"), (r"\ln(-1)", r"2i\pi")],
    );
    all_are(Closeness::Unclear, &[(r"\det(A)+1", r"\det(A)+2")]);
}

#[test]
fn functions_that_are_smooth() {
    all_are(
        Closeness::Same,
        &[
            (r"\tan x", r"\frac{\sin x}{\cos x}"),
            (r"\cot x", r"\frac{\cos x}{\sin x}"),
            (r"\sec x", r"\frac{1}{\cos x}"),
            (r"\csc x", r"\frac{1}{\sin x}"),
            (r"\sinh x", r"\frac{e^x-e^{-x}}{2}"),
            (r"\cosh x", r"\frac{e^x+e^{-x}}{2}"),
            (r"\tanh x", r"\frac{e^{2x}-1}{e^{2x}+1}"),
            (r"\coth x", r"\frac{\cosh x}{\sinh x}"),
            (r"\operatorname{sech} x", r"\frac{1}{\cosh x}"),
            (r"\operatorname{csch} x", r"\frac{1}{\sinh x}"),
            (r"\operatorname{arsinh} x", r"\ln(x+\sqrt{x^2+1})"),
            (r"\operatorname{artanh} x", r"\frac{\ln(1+x)-\ln(1-x)}{2}"),
            (r"\log x", r"\frac{\ln x}{\ln 10}"),
            (r"\sin^2x+\cos^2x", "1"),
            (r"\sin 2x", r"2\sin x\cos x"),
        ],
    );
    all_are(Closeness::Different, &[(r"\sin 2x", r"2\sin x"), ("x^2+1", "x^2+1+10^{-9}")]);
    all_are(Closeness::Unclear, &[(r"\sin x", r"\sin x+10^{-30}")]);
}

#[test]
fn functions_that_branch() {
    all_are(
        Closeness::Same,
        &[
            (r"\operatorname{zeta}(x)+1", r"1+\operatorname{zeta}(x)"),
            (
                r"\operatorname{Gamma}(x)\sin^2y+\operatorname{Gamma}(x)\cos^2y",
                r"\operatorname{Gamma}(x)",
            ),
            ("f(x,y)+1", "1+f(x,y)"),
            (r"\sqrt{(x+5)^\circ}", r"\sqrt{(5+x)^\circ}"),
            (r"x^y(-x)^y", r"(-x^2)^y"),
            (r"\operatorname{arccot} x", r"\frac{\pi}{2}-\arctan x"),
            (r"\sqrt{x^2}", "|x|"),
            (r"\sqrt{x}\sqrt{y}", r"\sqrt{xy}"),
            (r"\ln(ab)", r"\ln a+\ln b"),
            (r"\ln(x^2)", r"2\ln x"),
            (r"\ln(x^2)", r"2\ln|x|"),
            (r"\ln(x^3)", r"3\ln x"),
            (r"\sqrt{x-1}\sqrt{x+1}", r"\sqrt{x^2-1}"),
            (r"\sqrt{(x-3)^2}", "|3-x|"),
            (r"\log_2 x", r"\frac{\ln x}{\ln 2}"),
            (r"\log_x 2", r"\frac{\ln 2}{\ln x}"),
            (r"\arccos(2x^2-1)", r"2\arccos|x|"),
            (r"\operatorname{arcosh} x", r"\ln(x+\sqrt{x^2-1})"),
            (r"\operatorname{arcosh} x", r"-\ln(x-\sqrt{x^2-1})"),
            (r"\operatorname{arcsec} x", r"\arccos\frac1x"),
            (r"\operatorname{arccsc} x", r"\arcsin\frac1x"),
            (r"\sqrt{1+\tan^2x}", r"|\sec x|"),
            (r"x^{\ln y}", r"y^{\ln x}"),
            ("|x|^x", "x^x"),
            (r"\sqrt[x]{2}", "2^{1/x}"),
        ],
    );
    all_are(
        Closeness::Different,
        &[
            ("f(x,y)", "f(y,x)"),
            ("f(x,y)", "g(x,y)"),
            (r"x^y(-x)^y", r"x^{2y}"),
            (r"\sqrt{x^2}", "x"),
            (r"\arctan x+\arctan\frac1x", r"\frac{\pi}{2}"),
            (r"\arccos(2x^2-1)", r"2\arccos x"),
            (r"\operatorname{arcosh} x", r"\ln(x-\sqrt{x^2-1})"),
            (r"\sqrt{1+\tan^2x}", r"\sec x"),
        ],
    );
    all_are(
        Closeness::Unclear,
        &[
            (r"\operatorname{zeta}(x)", r"\operatorname{Gamma}(x)"),
            (r"e^{\ln(x-y)}", "x-y"),
            (r"\operatorname{zeta}(2)", "5"),
            (r"\operatorname{zeta}(x)+1", r"\operatorname{zeta}(x)+2"),
            (r"e^{\ln(x-1)}", "x-1"),
            (r"\arcsin x+\arccos x", r"\frac{\pi}{2}"),
        ],
    );
}

#[test]
fn functions_in_pieces() {
    all_are(
        Closeness::Same,
        &[
            (r"\alpha_1+|\alpha_1|", r"2\max(\alpha_1,0)"),
            ("|x-1|", r"\sqrt{x^2-2x+1}"),
            ("|x-1|+|x-2|", r"\max(2x-3,1,3-2x)"),
            ("|x^2-4|", "|x-2||x+2|"),
            ("|x-1|-|x-3|", r"|x-1|-\sqrt{x^2-6x+9}"),
            (r"\max(x,1-x)", r"\frac{1+|2x-1|}{2}"),
            (r"\min(x,1-x)", r"\frac{1-|2x-1|}{2}"),
            (r"\max(x,x^2)", r"\frac{x+x^2+|x^2-x|}{2}"),
            ("||x|-1|", r"\max(|x|-1,1-|x|)"),
            (r"|\frac{x-1}{x+2}|", r"\frac{|x-1|}{|x+2|}"),
            (r"|\frac1x-2|", r"\frac{|1-2x|}{|x|}"),
            ("|x(x-5)|", r"\sqrt{x^2(x-5)^2}"),
            ("|-x-7|", "|x+7|"),
            ("|x-1|^3", "|(x-1)^3|"),
            ("|1000x-7|", r"\sqrt{(7-1000x)^2}"),
            ("|x^3-x|", r"|x|\cdot|x-1|\cdot|x+1|"),
            (r"\sqrt{x^4}", "x^2"),
            (r"\operatorname{sgn}(x)x", "|x|"),
            ("|x^9-x|", r"\sqrt{(x^9-x)^2}"),
            ("|e^x-1|", r"\sqrt{(1-e^x)^2}"),
            (r"|\sin x|", r"\sqrt{1-\cos^2x}"),
            (r"|\frac{x^2-9}{x-1}|", r"\frac{|x-3||x+3|}{|x-1|}"),
            ("|(x-1)(x+2)+x|", r"\sqrt{(x^2+2x-2)^2}"),
            (r"|\frac{x}{x-1}+\frac{1}{x}|", r"\sqrt{(\frac{1}{x}+\frac{x}{x-1})^2}"),
            (r"|\frac{x}{x-1}-\frac{1}{x}|", r"\sqrt{(\frac{1}{x}-\frac{x}{x-1})^2}"),
            (r"|\frac{x}{x-1}\cdot\frac{x-2}{x+5}|", r"\frac{|x||x-2|}{|x-1||x+5|}"),
            (r"|\max(x,3)-5|", r"\max(\max(x,3)-5,5-\max(x,3))"),
            ("|-|x-2|+1|", "||x-2|-1|"),
            (r"||x-2|\cdot x-1|", r"\sqrt{(x|x-2|-1)^2}"),
            (r"|\frac{|x|-3}{x-7}|", r"\frac{||x|-3|}{|x-7|}"),
            (r"|2-\frac{|x|}{x+4}|", r"\sqrt{(\frac{|x|}{x+4}-2)^2}"),
            (r"\sqrt{x^2-4}\cdot|x|", r"\sqrt{x^4-4x^2}"),
            (r"\log_x 5\cdot|x-7|", r"\frac{\ln5}{\ln x}\sqrt{(x-7)^2}"),
            (r"\arcsin x\cdot|x|", r"\arcsin|x|\cdot x"),
            (r"\operatorname{arcosh}(x)|x-5|", r"\operatorname{arcosh}(x)\sqrt{(x-5)^2}"),
            (r"\operatorname{arcsec}(x)|x-5|", r"\operatorname{arcsec}(x)\sqrt{(x-5)^2}"),
            ("x^{-2}|x-5|", r"\frac{\sqrt{(x-5)^2}}{x^2}"),
            (r"\sqrt[x]{2}|x-5|", r"2^{1/x}\sqrt{(x-5)^2}"),
            (
                "|x-40|+|x-41|+|x-42|+|x-43|+|x-44|+|x-45|",
                "|45-x|+|44-x|+|43-x|+|42-x|+|41-x|+|40-x|",
            ),
            ("|x-300|+|x-0.001|", r"\sqrt{(x-300)^2}+\sqrt{(x-0.001)^2}"),
        ],
    );
    all_are(
        Closeness::Different,
        &[
            ("|x-1|+|x-2|", r"\max(2x-3,3-2x)"),
            ("|x^2-4|", r"|x-2|\cdot|x+3|"),
            (r"\max(x,x^2)", "x^2"),
            ("||x|-1|", "|x-1|"),
            (r"|\frac1x-2|", r"\frac{1-2x}{x}"),
            (r"|x|+|x-\frac{1}{1000}|", r"|2x-\frac{1}{1000}|"),
            (r"|\sin x|", r"\sin x"),
            (r"\log_x 5\cdot|x-7|", r"\frac{\ln5}{\ln x}(x-7)"),
            (r"\operatorname{arcosh}(x)|x-5|", r"\operatorname{arcosh}(x)(x-5)"),
            ("|x-4000|", "4000-x"),
            ("|x+4000|", "x+4000"),
            (r"|x-5|\tan x", r"\tan x\sqrt{(x-5)^2}"),
            (r"|x-5|\tan x", r"(x-5)\tan x"),
        ],
    );
    all_are(
        Closeness::Unclear,
        &[
            ("|x-1|+x-1", r"2\max(x-1,0)"),
            ("(x-2)^{1/2}|x|", r"\sqrt{x-2}\cdot x"),
            ("(x-2)^{1/2}|x-3|", r"\sqrt{x-2}\cdot(x-3)"),
            ("|x|+|x-10^{-9}|", "|2x-10^{-9}|"),
        ],
    );
}

#[test]
fn functions_in_pieces_of_several_variables() {
    all_are(
        Closeness::Same,
        &[("|x-y|", "|y-x|"), ("|xy|", r"|x|\cdot|y|"), (r"\max(x,y)", r"\frac{x+y+|x-y|}{2}")],
    );
    all_are(
        Closeness::Different,
        &[
            ("|x+y|", "|x|+|y|"),
            (r"\max(x,y)", r"\frac{x+y+|x+y|}{2}"),
            (r"\max(x,y,z)", r"\max(x,y)"),
            ("|x|+|y|", "|x+y|"),
        ],
    );
    all_are(
        Closeness::Unclear,
        &[(r"\max(x,y,z)", r"\max(x,\max(y,z))"), ("|x|+|y|", r"\max(|x+y|,|x-y|)")],
    );
}

#[test]
fn functions_of_whole_numbers() {
    all_are(
        Closeness::Same,
        &[
            ("(n+1)!", r"(n+1)\cdot n!"),
            (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
            (r"\binom{n}{k}", r"\frac{n!}{k!(n-k)!}"),
            (r"\binom{n}{k}", r"\binom{n}{n-k}"),
            ("(2n)!!", "2^n n!"),
            (r"(\frac{n}{2})!", r"(\frac{n}{2})(\frac{n}{2}-1)!"),
            ("n!^{k}", "(n!)^{k-1}n!"),
        ],
    );
    all_are(
        Closeness::Different,
        &[("(n+1)!", r"n\cdot n!"), (r"\binom{n}{k}", r"\binom{n}{k+1}"), ("(2n)!!", "2^n(n+1)!")],
    );
}

#[test]
fn functions_that_jump() {
    all_are(
        Closeness::Same,
        &[
            (r"\lfloor x\rfloor+\lfloor x+\frac12\rfloor", r"\lfloor 2x\rfloor"),
            (
                r"\lfloor x\rfloor+\lfloor x+\frac13\rfloor+\lfloor x+\frac23\rfloor",
                r"\lfloor 3x\rfloor",
            ),
            (r"\lfloor\frac n2\rfloor+\lfloor\frac{n+1}2\rfloor", "n"),
            (r"\lfloor\frac{n^2}4\rfloor", r"\lfloor\frac n2\rfloor\lceil\frac n2\rceil"),
            (r"\lfloor\frac{n}{2}\rfloor", r"\frac{2n-1+(-1)^n}{4}"),
            (r"\lceil\frac{n}{3}\rceil", r"\lfloor\frac{n+2}{3}\rfloor"),
            (r"\lfloor n\rfloor", "n"),
            ("(-1)^n", "(-1)^{n+2}"),
            ("(-1)^n", "(-1)^{3n}"),
            ("(-1)^n", r"\cos(\pi n)"),
            (r"(-1)^{\frac{n(n+1)}{2}}", r"(-1)^{\frac{n(n-1)}{2}+n}"),
            ("(-2)^n", "2^n(-1)^n"),
            (r"\gcd(n,6)", r"\gcd(n+6,6)"),
            (r"\gcd(n,4)\operatorname{lcm}(n,4)", "4n"),
            (r"\operatorname{lcm}(n,6)", r"\frac{6n}{\gcd(n,6)}"),
            (r"\lfloor\frac{m+n}{2}\rfloor", r"\lceil\frac{m+n-1}{2}\rceil"),
            (r"\lfloor x\rfloor^2", r"\lfloor x\rfloor\lfloor x\rfloor"),
            (r"2^{\lfloor n/2\rfloor}", r"2^{\lceil(n-1)/2\rceil}"),
            (r"\lfloor 50n\%\rfloor", r"\lfloor\frac n2\rfloor"),
            (r"\lfloor n^{2}\rfloor", "n^2"),
            (r"f(\lfloor n\rfloor)", "f(n)"),
            (r"f(\lfloor\frac{n}{2}\rfloor)", r"f(\lceil\frac{n-1}{2}\rceil)"),
            (r"\lfloor\frac n2\rfloor^3", r"\lceil\frac{n-1}2\rceil^3"),
            (r"\lfloor\frac n2\rfloor n^2", r"\lceil\frac{n-1}2\rceil n^2"),
            (r"\frac{1}{\lfloor n/2\rfloor+1}", r"\frac{1}{\lceil(n+1)/2\rceil}"),
            (r"\lfloor\frac{n}{2}\rfloor!", r"\lceil\frac{n-1}{2}\rceil!"),
            (r"\lfloor\frac{n}{100}\rfloor", r"\lceil\frac{n-99}{100}\rceil"),
            (r"\sqrt[\lfloor n/2\rfloor+1]{7}", r"7^{1/\lceil(n+1)/2\rceil}"),
            (r"\lfloor\frac{x}{2}\rfloor+\lfloor\frac{x+1}{2}\rfloor", r"\lfloor x\rfloor"),
            (
                r"\lfloor\frac{2x}{3}\rfloor+\lfloor\frac{2x+1}{3}\rfloor+\lfloor\frac{2x+2}{3}\rfloor",
                r"\lfloor 2x\rfloor",
            ),
            (r"\lceil-x\rceil", r"-\lfloor x\rfloor"),
            (r"x^2\lfloor x\rfloor", r"-x^2\lceil-x\rceil"),
            (r"2^x\lfloor x\rfloor", r"-2^x\lceil-x\rceil"),
            ("(-1)^n n^2", "(-1)^{n+2}n^2"),
            ("(-1)^n 2^n", "(-2)^n"),
            (r"(-1)^{\lfloor n/2\rfloor}", r"(-1)^{\frac{n(n-1)}{2}}"),
            (r"(-\frac13)^n", "(-1)^n3^{-n}"),
            (r"\gcd(2n,4)", r"2\gcd(n,2)"),
            (r"\gcd(n,4,6)", r"\gcd(n,2)"),
            (r"\gcd(n^2,4)", r"\gcd(n,2)^2"),
        ],
    );
}

#[test]
fn functions_that_jump_apart_somewhere() {
    all_are(
        Closeness::Different,
        &[
            (
                r"\lfloor x\rfloor(\lfloor x\rfloor-1)(\lfloor x\rfloor-2)+\lfloor x\rfloor",
                r"\lfloor x\rfloor",
            ),
            (
                r"\lfloor x\rfloor(\lfloor x\rfloor-1)(\lfloor x\rfloor+1)+\lfloor x\rfloor",
                r"\lfloor x\rfloor",
            ),
            (r"\lfloor n\rfloor+(1+(-1)^m)(1-(-1)^n)", r"\lfloor n\rfloor"),
            (r"\lfloor n\rfloor+(1-(-1)^m)(1+(-1)^n)", r"\lfloor n\rfloor"),
            (r"\lfloor m\rfloor-\lfloor n\rfloor+m", "m"),
            (
                r"\lfloor x\rfloor(\lfloor x\rfloor-1)(\lfloor x\rfloor+1)(\lfloor x\rfloor+2)+\lfloor x\rfloor",
                r"\lfloor x\rfloor",
            ),
            (
                r"\lfloor2x\rfloor+\lfloor2x\rfloor(\lfloor2x\rfloor^2-1)(\lfloor2x\rfloor^2-4)(\lfloor2x\rfloor^2-9)(\lfloor2x\rfloor+4)",
                r"\lfloor2x\rfloor",
            ),
            (
                r"\lfloor x\rfloor+(\lceil2x\rceil-\lfloor2x\rfloor)(\lfloor2x\rfloor-2\lfloor x\rfloor)",
                r"\lfloor x\rfloor",
            ),
            (
                r"\lfloor x\rfloor+(\lceil2x\rceil-\lfloor2x\rfloor)(1-\lfloor2x\rfloor+2\lfloor x\rfloor)",
                r"\lfloor x\rfloor",
            ),
            (
                r"\lfloor\frac x2\rfloor+(1-\lceil x\rceil+\lfloor x\rfloor)(\lfloor x\rfloor-2\lfloor\frac x2\rfloor)",
                r"\lfloor\frac x2\rfloor",
            ),
            (r"\lfloor x\rfloor+\lfloor x+\frac13\rfloor", r"\lfloor 2x\rfloor"),
            (r"\lceil x\rceil-\lfloor x\rfloor", "1"),
            (r"\lfloor -x\rfloor+\lfloor x\rfloor", "-1"),
            (r"\lfloor\frac{n^2}3\rfloor", r"\frac{n^2-1}{3}"),
            (r"\lfloor\frac{n}{2}\rfloor", r"\frac{2n+1-(-1)^n}{4}"),
            (
                r"\lfloor n\rfloor",
                r"\lfloor n\rfloor+(n-1)(n-2)(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9)(n-10)(n-11)(n-12)",
            ),
            ("(-1)^n", "(-1)^{n+1}"),
            (r"(-1)^{\frac{n(n+1)}{2}}", r"(-1)^{\frac{n(n-1)}{2}}"),
            ("(-2)^n", "2^n"),
            (r"\gcd(n,6)", r"\gcd(n+3,6)"),
            (r"\lfloor\sqrt n\rfloor", r"\lfloor\sqrt{n+1}\rfloor"),
            (
                r"\lfloor\frac{m}{2}\rfloor+\lfloor\frac{n}{2}\rfloor",
                r"\lfloor\frac{m+n}{2}\rfloor",
            ),
            (r"\lfloor|x|\rfloor", r"\lfloor x\rfloor"),
            (r"\lfloor\frac{3x}{2}+\frac14\rfloor", r"\lceil\frac{3x}{2}-\frac34\rceil"),
            (r"x\lfloor x\rfloor", "x^2"),
            (r"f(\lfloor\frac{n}{2}\rfloor)", r"f(\lfloor\frac{n+1}{2}\rfloor)"),
            (r"\lfloor\alpha n\rfloor", r"\lceil\alpha n\rceil"),
            (r"\lfloor\alpha_1+\frac12\rfloor", r"\lceil\alpha_1-\frac12\rceil"),
            (r"x\lfloor x\rfloor", r"x\lceil x-1\rceil+x-x"),
            (r"\lfloor x\rfloor+\lfloor y\rfloor", r"\lfloor x+y\rfloor"),
            (r"(-1)^{\lfloor n/2\rfloor}", r"(-1)^{\frac{n(n+1)}{2}}"),
            (r"\gcd(2n,4)", r"2\gcd(n,4)"),
        ],
    );
    all_are(
        Closeness::Unclear,
        &[
            (r"\gcd(m,n)", r"\gcd(n,m)"),
            (r"\lfloor\sqrt{n}\rfloor+1", r"1+\lfloor\sqrt{n}\rfloor"),
            (r"\lfloor\frac{n}{1000}\rfloor", r"\lfloor\frac{n}{1000}\rfloor+1-1"),
            (r"\lfloor x+y\rfloor", r"-\lceil-x-y\rceil"),
            (r"\operatorname{lcm}(n,6,4)", r"\operatorname{lcm}(n,12)"),
        ],
    );
}

#[test]
fn differences_in_one_ratio() {
    let sides = |tree: &Tree, id: Id| match tree.node(id) {
        Node::Relations(sides, _) => (sides[0], sides[1]),
        other => panic!("{other:?} is no relation"),
    };
    for (a, b, sign, closeness) in [
        (r"\sin^2x+y=1", r"\cos^2x=y", None, Closeness::Same),
        (r"\sin^2x+y=1", r"\cos^2x=y", Some(-1), Closeness::Same),
        (r"\sin^2x+y=1", r"\cos^2x=y", Some(1), Closeness::Different),
        (r"\sin 2x=2y", r"\sin x\cos x=y", Some(1), Closeness::Same),
        (r"\sin 2x=2y", r"\sin x\cos x=y", Some(-1), Closeness::Different),
        (r"\sin^2x+y=1", r"\cos^2x=y+1", None, Closeness::Different),
        (r"\ln(xy)=5", r"\ln x+\ln y=5", None, Closeness::Same),
        (r"\ln(xy)=5", r"\ln x-\ln y=5", None, Closeness::Different),
        (r"\sin^2x+\cos^2x=1", r"y=5", None, Closeness::Unclear),
        (r"\arcsin(2+x^2)=y", r"y=5", None, Closeness::Unclear),
    ] {
        let [(x, one), (y, other)] = read([a, b]);
        let ((a0, a1), (b0, b1)) = (sides(&x, one), sides(&y, other));
        let got = proportional((&x, a0, a1), (&y, b0, b1), sign, &Budget::new());
        assert_eq!(got, closeness, "{a} and {b}, {sign:?}");
        let got = proportional((&y, b0, b1), (&x, a0, a1), sign, &Budget::new());
        assert_eq!(got, closeness, "{b} and {a}, {sign:?}");
    }
}

#[test]
fn a_constant_is_a_real_number() {
    for (text, expected) in [
        (r"\sqrt{16}-1", Some(3.0)),
        (r"\frac{22}{7}-\frac17", Some(3.0)),
        ("i^2", None),
        (r"\sqrt{-1}", None),
        ("(-8)^{1/3}", None),
        ("x-x+3", None),
        (r"\frac{3}{0}", None),
    ] {
        let [(tree, id)] = read([text]);
        let got = constant(&tree, id, &Budget::new()).map(Real::to_f64);
        assert_eq!(got, expected, "{text}");
    }
}
