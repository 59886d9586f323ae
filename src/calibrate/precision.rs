//! The precision that a measured value must have. A value whose interval is wider than the value
//! itself says less than the assumption that it would replace.

use crate::catalogue::Kind;

/// Half-width up to which the interval of a share may contain zero or be wider than the share:
/// half a percentage point. Few errors in many requests are a precise measurement of a small share.
/// This number is an assumption.
const SHARE_HALF_WIDTH_MAX: f64 = 0.005;

/// Checks that the interval of a value is not too wide to use the value. `written` formats numbers
/// for the message.
///
/// # Errors
/// Returns the reason if the half-width of the interval exceeds the value, or if the interval
/// contains zero. The interval of a share may do both if it is narrow.
pub(super) fn check(
    kind: Kind,
    value: f64,
    (low, high): (f64, f64),
    written: impl Fn(f64) -> String,
) -> Result<(), String> {
    let half_width = 0.5 * (high - low);
    let is_positive = low > 0.0 && half_width <= value;
    if is_positive || kind == Kind::Share && half_width <= SHARE_HALF_WIDTH_MAX {
        return Ok(());
    }
    let text = |number: f64| written(number).trim_matches('"').to_owned();
    Err(format!(
        "too few samples: the 95 % interval of {} is {} to {}, so the value may be zero or twice \
         as large",
        text(value),
        text(low.max(0.0)),
        text(high)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_wider_than_its_value_is_refused() {
        let check = |kind, value, low, high| check(kind, value, (low, high), |one| one.to_string());
        assert_eq!(check(Kind::Duration, 2.0, 0.1, 4.0), Ok(()));
        let wide = check(Kind::Duration, 2.0, 0.0, 3.0).expect_err("it contains zero");
        let expected = "too few samples: the 95 % interval of 2 is 0 to 3, so the value may be \
            zero or twice as large";
        assert_eq!(wide, expected);
        assert!(check(Kind::Duration, 2.0, 1.0, 5.5).is_err(), "half-width 2.25");
        // No error in 1,000 requests (0 to 0.37 %), and in 100 requests (0 to 3.6 %).
        assert_eq!(check(Kind::Share, 0.0, 0.0, 0.0037), Ok(()));
        assert!(check(Kind::Share, 0.0, 0.0, 0.036).is_err());
        assert!(check(Kind::Share, 0.05, -0.02, 0.12).is_err());
    }
}
