use super::*;

#[test]
fn an_interval_is_looked_at_from_its_lower_end_to_its_upper() {
    let infinite = f64::INFINITY;
    for (low, high) in [(-3.0, 2.5), (5.0, 6.0), (7.0, infinite), (-infinite, -7.0)] {
        let at: Vec<f64> = (0..=8).map(|part| between(low, high, f64::from(part) / 8.0)).collect();
        assert!(at.is_sorted_by(|a, b| a < b), "{at:?}");
        assert!((low..=high).contains(&at[0]) && (low..=high).contains(&at[8]), "{at:?}");
        assert!(low.is_infinite() || at[0] == low, "{at:?}");
        assert!(high.is_infinite() || at[8] == high, "{at:?}");
    }
    // As far as the end is from 0, and at the same distance from its mirror image.
    assert!(between(700.0, infinite, 0.5) > 1400.0);
    assert_eq!(between(-infinite, -7.0, 0.25), -between(7.0, infinite, 0.75));
    let everywhere: Vec<f64> =
        (0..=8).map(|part| between(-infinite, infinite, f64::from(part) / 8.0)).collect();
    assert!(everywhere.is_sorted_by(|a, b| a < b) && everywhere[4] == 0.0, "{everywhere:?}");
}

#[test]
fn all_formulas_are_met_when_every_combination_is() {
    let ways = |margins: [f64; 2]| {
        margins.map(|margin| Way { way: usize::from(margin > 0.0), margin }).to_vec()
    };
    let met = |all: &[[f64; 2]]| {
        let met: Vec<Vec<Way>> = all.iter().copied().map(ways).collect();
        all_are_met(&met, &[(0, Switch::Sign(0)), (0, Switch::Sign(1))])
    };
    assert!(!met(&[]));
    // Two that change together count once, whatever their ratio is and however great they are.
    assert!(met(&[[1.0, -3.0], [-0.1, 0.1 * 3.0]]));
    assert!(met(&[[1e12, 3e12], [-1e12 / 7.0, -3e12 / 7.0]]));
    assert!(!met(&[[1.0, 3.0], [2.0, 6.0]]));
    // Two that do not want all four.
    assert!(!met(&[[1.0, 2.0], [-2.0, -5.0]]));
    assert!(!met(&[[1.0, 2.0], [-2.0, -5.0], [1.0, -1.0]]));
    assert!(met(&[[1.0, 2.0], [-2.0, -5.0], [1.0, -1.0], [-1.0, 1.0]]));
    // The largest of three: each of them.
    let largest = |ways: &[usize]| {
        let met: Vec<Vec<Way>> =
            ways.iter().map(|&way| vec![Way { way, margin: f64::NAN }]).collect();
        all_are_met(&met, &[(0, Switch::Largest(&[0, 1, 2]))])
    };
    assert!(!largest(&[0, 2, 0]) && largest(&[0, 2, 1]));
}

#[test]
fn a_difference_is_not_real_where_one_side_certainly_is_not() {
    let known = |x| Sample::Known(Value::settled(Real::from_i128(x).into(), false));
    assert!(matches!(difference(known(5), known(3)), Sample::Known(d) if d.at.re.to_f64() == 2.0));
    for other in [known(3), Sample::Unknown, Sample::NotReal] {
        assert!(matches!(difference(Sample::NotReal, other), Sample::NotReal));
        assert!(matches!(difference(other, Sample::NotReal), Sample::NotReal));
    }
    assert!(matches!(difference(known(3), Sample::Unknown), Sample::Unknown));
}
