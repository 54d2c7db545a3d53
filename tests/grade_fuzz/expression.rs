//! Expressions that can be written in several ways and evaluated: an oracle for "equal".

use proptest::prelude::*;

#[derive(Debug, Clone)]
pub enum Expression {
    Integer(u16),
    Letter(char),
    Negative(Box<Self>),
    Root(Box<Self>),
    Absolute(Box<Self>),
    Power(Box<Self>, u8),
    Sum(Box<Self>, Box<Self>),
    Difference(Box<Self>, Box<Self>),
    Product(Box<Self>, Box<Self>),
    Quotient(Box<Self>, Box<Self>),
}

use Expression::{
    Absolute, Difference, Integer, Letter, Negative, Power, Product, Quotient, Root, Sum,
};

/// Values of x and y at which expressions are compared.
const POINTS: [(f64, f64); 3] = [(0.731, 1.377), (2.613, 0.457), (1.193, 3.041)];

/// Small expressions in x and y.
pub fn any() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        (0..20_u16).prop_map(Integer),
        prop_oneof![Just('x'), Just('y')].prop_map(Letter)
    ];
    leaf.prop_recursive(4, 20, 2, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        let one = inner.prop_map(Box::new);
        prop_oneof![
            one.clone().prop_map(Negative),
            one.clone().prop_map(Root),
            one.clone().prop_map(Absolute),
            (one, 0..4_u8).prop_map(|(a, power)| Power(a, power)),
            pair.clone().prop_map(|(a, b)| Sum(a, b)),
            pair.clone().prop_map(|(a, b)| Difference(a, b)),
            pair.clone().prop_map(|(a, b)| Product(a, b)),
            pair.prop_map(|(a, b)| Quotient(a, b)),
        ]
    })
}

impl Expression {
    /// The same, with the terms and factors of every sum and product exchanged.
    pub fn reordered(&self) -> Self {
        let again = |a: &Self| Box::new(a.reordered());
        match self {
            Integer(_) | Letter(_) => self.clone(),
            Negative(a) => Negative(again(a)),
            Root(a) => Root(again(a)),
            Absolute(a) => Absolute(again(a)),
            Power(a, power) => Power(again(a), *power),
            Sum(a, b) => Sum(again(b), again(a)),
            Difference(a, b) => Sum(Box::new(Negative(again(b))), again(a)),
            Product(a, b) => Product(again(b), again(a)),
            Quotient(a, b) => Quotient(again(a), again(b)),
        }
    }

    /// As text: LaTeX for the even styles, code for the odd.
    pub fn write(&self, style: u8) -> String {
        let code = style % 2 == 1;
        let sub = |a: &Self| match a {
            Integer(_) | Letter(_) => a.write(style),
            _ if code || style == 0 => format!("({})", a.write(style)),
            _ => format!(r"\left({}\right)", a.write(style)),
        };
        match self {
            Integer(n) => n.to_string(),
            Letter(c) => c.to_string(),
            Negative(a) => format!("-{}", sub(a)),
            Root(a) if code => format!("sqrt({})", a.write(style)),
            Root(a) => format!(r"\sqrt{{{}}}", a.write(style)),
            Absolute(a) if code => format!("abs({})", a.write(style)),
            Absolute(a) => format!(r"\left|{}\right|", a.write(style)),
            Power(a, power) if code => format!("{}**{power}", sub(a)),
            Power(a, power) => format!("{}^{{{power}}}", sub(a)),
            Sum(a, b) => format!("{} + {}", sub(a), sub(b)),
            Difference(a, b) => format!("{} - {}", sub(a), sub(b)),
            Product(a, b) if code => format!("{}*{}", sub(a), sub(b)),
            Product(a, b) => format!(r"{} \cdot {}", sub(a), sub(b)),
            Quotient(a, b) if code || style == 2 => format!("{}/{}", sub(a), sub(b)),
            Quotient(a, b) => format!(r"\frac{{{}}}{{{}}}", a.write(style), b.write(style)),
        }
    }

    /// Whether it certainly has a real value at every point.
    pub fn is_defined(&self) -> bool {
        POINTS.iter().all(|point| self.at(*point).is_certain())
    }

    /// Whether two expressions have certainly different values at one point.
    pub fn differ(a: &Self, b: &Self) -> bool {
        POINTS.iter().any(|point| {
            let (a, b) = (a.at(*point), b.at(*point));
            let doubt = a.error + b.error + 1e-6 * (1.0 + a.value.abs().max(b.value.abs()));
            a.is_certain() && b.is_certain() && (a.value - b.value).abs() > doubt
        })
    }

    fn at(&self, point: (f64, f64)) -> Approximate {
        let [x, y] = [point.0, point.1].map(Approximate::exact);
        match self {
            Integer(n) => Approximate::exact(f64::from(*n)),
            Letter('x') => x,
            Letter(_) => y,
            Negative(a) => a.at(point).times(Approximate::exact(-1.0)),
            Root(a) => a.at(point).root(),
            Absolute(a) => a.at(point).absolute(),
            Power(a, power) => {
                let a = a.at(point);
                (0..*power).fold(Approximate::exact(1.0), |product, _| product.times(a))
            }
            Sum(a, b) => a.at(point).plus(b.at(point), 1.0),
            Difference(a, b) => a.at(point).plus(b.at(point), -1.0),
            Product(a, b) => a.at(point).times(b.at(point)),
            Quotient(a, b) => a.at(point).over(b.at(point)),
        }
    }
}

/// A float and a bound of its error; NaN where the true value may not exist.
#[derive(Debug, Clone, Copy)]
struct Approximate {
    value: f64,
    error: f64,
}

impl Approximate {
    fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    fn rounded(value: f64, error: f64) -> Self {
        Self { value, error: error + 4.0 * f64::EPSILON * value.abs() }
    }

    fn is_certain(self) -> bool {
        self.value.is_finite() && self.error.is_finite()
    }

    fn plus(self, other: Self, sign: f64) -> Self {
        Self::rounded(self.value + sign * other.value, self.error + other.error)
    }

    fn times(self, other: Self) -> Self {
        let error = self.value.abs() * other.error
            + other.value.abs() * self.error
            + self.error * other.error;
        Self::rounded(self.value * other.value, error)
    }

    fn over(self, other: Self) -> Self {
        let smallest = other.value.abs() - other.error;
        if smallest <= 0.0 {
            return Self::exact(f64::NAN);
        }
        let value = self.value / other.value;
        Self::rounded(value, (self.error + value.abs() * other.error) / smallest)
    }

    fn root(self) -> Self {
        let smallest = self.value - self.error;
        if smallest < 0.0 || (smallest == 0.0 && self.error > 0.0) {
            return Self::exact(f64::NAN);
        }
        let error = if self.error > 0.0 { self.error / smallest.sqrt() } else { 0.0 };
        Self::rounded(self.value.sqrt(), error)
    }

    fn absolute(self) -> Self {
        Self { value: self.value.abs(), ..self }
    }
}
