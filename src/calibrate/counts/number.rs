//! Numbers in cells, with decimal point or comma and with separators of thousands.

/// Parses a non-negative number. Empty texts and `-` are absent (`Ok(None)`).
///
/// If both point and comma occur, the last one is the decimal sign. A comma alone is the decimal
/// sign if `is_comma_decimal` (files whose columns are not separated by commas), and otherwise
/// separates thousands if groups of three digits follow it. A single point is the decimal sign;
/// several points separate thousands. Spaces, including narrow ones, separate thousands.
///
/// # Errors
/// Returns `Err(())` if the text is not such a number.
pub(super) fn parse(text: &str, is_comma_decimal: bool) -> Result<Option<f64>, ()> {
    let is_space = |letter: char| letter.is_whitespace() || letter == '\'';
    let text: String = text.trim().chars().filter(|letter| !is_space(*letter)).collect();
    if matches!(&*text, "" | "-" | "null" | "NULL") {
        return Ok(None);
    }
    let is_own = |byte: u8| byte.is_ascii_digit() || b".,eE+-".contains(&byte);
    if !text.bytes().all(is_own) {
        return Err(());
    }
    let plain = match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) if point > comma => text.replace(',', ""),
        (Some(_), Some(_)) => text.replace('.', "").replace(',', "."),
        (None, Some(_)) if is_comma_decimal || !is_grouped(&text, ',') => text.replace(',', "."),
        (None, Some(_)) => text.replace(',', ""),
        (Some(_), None) if text.matches('.').count() > 1 && is_grouped(&text, '.') => {
            text.replace('.', "")
        }
        _ => text,
    };
    match plain.parse::<f64>() {
        Ok(number) if (0.0..1e18).contains(&number) => Ok(Some(number)),
        _ => Err(()),
    }
}

/// Returns whether the signs separate groups of three digits.
fn is_grouped(text: &str, sign: char) -> bool {
    let mut groups = text.split(sign);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_signs_of_the_file() {
        for (text, is_comma_decimal, expected) in [
            ("1081595", false, Ok(Some(1_081_595.0))),
            ("1,081,595", false, Ok(Some(1_081_595.0))),
            ("1.081.595", true, Ok(Some(1_081_595.0))),
            ("1.081.595,5", true, Ok(Some(1_081_595.5))),
            ("1,081,595.5", true, Ok(Some(1_081_595.5))),
            ("1,5", true, Ok(Some(1.5))),
            ("1,500", true, Ok(Some(1.5))),
            ("1,5", false, Ok(Some(1.5))),
            ("1.500", true, Ok(Some(1.5))),
            ("1\u{202f}081\u{a0}595", true, Ok(Some(1_081_595.0))),
            ("1.5E+3", false, Ok(Some(1500.0))),
            ("", false, Ok(None)),
            ("-", false, Ok(None)),
            ("-1", false, Err(())),
            ("1e300", false, Err(())),
            ("NaN", false, Err(())),
            ("PC-4711", false, Err(())),
            ("1,2,3", true, Err(())),
        ] {
            assert_eq!(parse(text, is_comma_decimal), expected, "{text}");
        }
    }
}
