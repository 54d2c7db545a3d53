use super::*;
use std::hint::black_box;
use std::time::Instant;

fn time(name: &str, f: impl Fn(Real) -> Real) {
    let xs: Vec<Real> = (1..1000).map(|i| Real::from_ratio(i * 7919 % 1013, 317)).collect();
    let mut best = f64::MAX;
    for _ in 0..300 {
        let start = Instant::now();
        for &x in &xs {
            black_box(f(black_box(x)));
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name} {:.1} ns", best * 1e9 / 999.0);
}

#[test]
#[ignore]
fn bench() {
    let k = Real::from_ratio(10, 7);
    for _ in 0..1 {
        time("nop", |x| x);
        time("add", |x| x + k);
        time("add chain 10", |x| (0..10).fold(x, |a, _| a + k));
        time("mul", |x| x * k);
        time("mul chain 10", |x| (0..10).fold(x, |a, _| a * k));
        time("div", |x| x / k);
        time("sqrt", Real::sqrt);
        time("exp", Real::exp);
        time("ln", Real::ln);
        time("sin", Real::sin);
        time("cos", Real::cos);
        time("atan", Real::atan);
        time("asin", |x| (x / Real::from_f64(4.0)).asin());
        time("sinh", Real::sinh);
        time("tanh", Real::tanh);
    }
}
#[test]
#[ignore]
fn accuracy() {
    let mut worst: std::collections::BTreeMap<String, (f64, f64, f64, f64)> = Default::default();
    for line in std::fs::read_to_string("/tmp/h/scratch/big.txt").unwrap().lines() {
        let v: Vec<&str> = line.split(' ').collect();
        let p = |i: usize| v[i].parse::<f64>().unwrap();
        let x = Real::from_f64(p(1));
        let y = match v[0] {
            "exp" => x.exp(),
            "ln" => x.ln(),
            "sin" => x.sin(),
            "cos" => x.cos(),
            "atan" => x.atan(),
            "sqrt" => x.sqrt(),
            "sinh" => x.sinh(),
            "cosh" => x.cosh(),
            "tanh" => x.tanh(),
            "asin" => x.asin(),
            "acos" => x.acos(),
            _ => panic!(),
        };
        if !y.is_finite() || p(2).abs() < 1e-260 {
            continue;
        }
        let d = ((y.value.hi - p(2)) + (y.value.lo - p(3)) - p(4)).abs();
        let rel = (d / p(2).abs()).log2();
        let frac = if d == 0.0 { 0.0 } else { d / y.err };
        let e = worst.entry(v[0].into()).or_insert((f64::MIN, 0.0, 0.0, 0.0));
        if frac > 1.0 {
            println!("{line} {y:?} {d:e}");
        }
        if rel > e.0 {
            e.0 = rel;
            e.1 = p(1);
        }
        e.2 = e.2.max(frac);
        e.3 = e.3.max(y.err / p(2).abs());
    }
    println!("{worst:#?}");
}
