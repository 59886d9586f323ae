//! Makes text safe for display. Hidden characters, which are invisible but change the display
//! (controls, bidirectional marks, line separators), never reach a terminal, table, chart or page
//! unescaped: every output module passes its text through [`visible`] or [`visible_line`]. Counts
//! and their nouns are written here, because messages of all modules contain them.

use std::borrow::Cow;

/// Number of columns of the smallest common terminal.
pub const SCREEN_COLUMNS: usize = 80;
/// Number of rows of the smallest common terminal.
pub const SCREEN_ROWS: usize = 24;

/// Maximum length of a word in a message; most paths are shorter.
const WORD_MAX: usize = 200;

/// Returns whether a character is hidden, that is, invisible but with an effect on the display: C0
/// and C1 controls, the byte order mark, line and paragraph separators, bidirectional marks and
/// overrides (Unicode Standard Annex 9), and U+FFFE and U+FFFF, which XML does not allow.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Replaces each hidden character except line feeds and tabs by an escape such as `\u001b`. In a
/// JSON document hidden characters occur only in strings, where this escape is valid JSON.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| is_hidden(letter) && !matches!(letter, '\n' | '\t'))
}

/// Escapes hidden characters like [`visible`], and also line feeds and tabs.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let one = |letter: char| match is_escaped(letter) {
        true => format!("\\u{:04x}", u32::from(letter)),
        false => letter.to_string(),
    };
    Cow::Owned(text.chars().map(one).collect())
}

/// Formats a count with thousands separators: `12,980,123`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count with its noun: `1 value`, `2 values`. The plural of the noun must end in `s`.
pub fn plural(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(value), if value == 1 { "" } else { "s" })
}

/// Shortens a text to at most `max` characters and appends its original length if it was cut. Also
/// cuts words of more than 200 characters.
pub fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    let is_long = |word: &str| word.chars().count() > WORD_MAX;
    if !text.split([' ', '\n']).any(is_long) {
        return cut(text, max);
    }
    let word = |word| cut(word, WORD_MAX);
    let words: Vec<Cow<'_, str>> = text.split(' ').map(word).collect();
    Cow::Owned(cut(&words.join(" "), max).into_owned())
}

fn cut(text: &str, max: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= max {
        return Cow::Borrowed(text);
    }
    let mut digits = length.to_string();
    for at in (1..digits.len()).rev().skip(2).step_by(3) {
        digits.insert(at, ',');
    }
    let note = format!("... ({digits} characters)");
    let kept: String = text.chars().take(max.saturating_sub(note.len())).collect();
    Cow::Owned(kept + &note)
}

/// Returns the number of terminal columns of a line. Wide characters, such as Chinese ones, take
/// two.
pub fn columns(line: &str) -> usize {
    line.chars().map(|letter| if letter >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// Returns the number of terminal rows of a text without colour codes, including wrapped lines.
pub fn rows(text: &str) -> usize {
    text.lines().map(|line| columns(line).div_ceil(SCREEN_COLUMNS).max(1)).sum()
}

/// Cuts a text to one terminal screen and appends the number of omitted lines.
pub fn screenful(text: &str) -> Cow<'_, str> {
    // Reserve one row each for the prompt, the number of omitted lines and the prefix of the text.
    const ROWS: usize = SCREEN_ROWS - 3;
    let text = shortened(text, usize::MAX);
    if rows(&text) <= ROWS {
        return text;
    }
    let lines: Vec<&str> = text.lines().collect();
    let fits = (0..lines.len()).rev().find(|count| rows(&lines[..*count].join("\n")) <= ROWS);
    match fits.filter(|count| *count > 0) {
        Some(count) => {
            let more = lines.len() - count;
            Cow::Owned(format!("{}\n... and {more} more lines", lines[..count].join("\n")))
        }
        // The first line alone exceeds the screen; its characters may be wide.
        None => Cow::Owned(cut(&text, ROWS * SCREEN_COLUMNS / 2).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators_and_nouns_their_plural() {
        assert_eq!([999, 1_000, 12_980_123].map(count), ["999", "1,000", "12,980,123"]);
        let found = [0, 1, 2, 1_200].map(|value| plural(value, "value"));
        assert_eq!(found, ["0 values", "1 value", "2 values", "1,200 values"]);
    }

    /// Returns C0 and C1 controls, DEL, bidirectional marks, separators and the byte order mark.
    fn hidden() -> impl Iterator<Item = char> {
        let marks = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{feff}'];
        ('\u{0}'..='\u{1f}')
            .chain('\u{7f}'..='\u{9f}')
            .chain('\u{202a}'..='\u{202e}')
            .chain('\u{2066}'..='\u{2069}')
            .chain(marks)
    }

    #[test]
    fn hidden_characters_are_escaped() {
        for letter in hidden() {
            let text = format!("a{letter}b");
            let escaped = format!("a\\u{:04x}b", u32::from(letter));
            assert_eq!(visible_line(&text), escaped);
            let is_layout = matches!(letter, '\n' | '\t');
            let expected = if is_layout { text.clone() } else { escaped };
            assert_eq!(visible(&text), expected, "{letter:?}");
        }
        assert_eq!(visible("\u{1b}[31m\u{1b}]0;title\u{7}"), "\\u001b[31m\\u001b]0;title\\u0007");
    }

    #[test]
    fn letters_of_every_script_are_kept() {
        // These strings contain a joiner (Persian), a virama (Hindi) and a combining accent.
        for text in ["Zürich", "测试", "می‌خواهم", "हिन्दी", "e\u{301}", "👩‍💻", "µs · ±"]
        {
            assert_eq!(visible_line(text), text);
        }
    }

    #[test]
    fn escaped_json_is_still_valid_json() {
        let text: String = hidden().collect();
        let document = serde_json::json!({ "name": text }).to_string();
        let shown = visible_line(&document);
        assert!(!shown.chars().any(is_hidden));
        let back: serde_json::Value = serde_json::from_str(&shown).expect("valid JSON");
        assert_eq!(back["name"], text.as_str());
    }

    #[test]
    fn truncated_text_states_its_length() {
        assert_eq!(shortened("short", 10), "short");
        let long = "x".repeat(1_234_567);
        let cut = shortened(&long, 1000);
        assert_eq!(cut.chars().count(), 200);
        assert!(cut.ends_with("x... (1,234,567 characters)"), "{cut}");
        let words = "word ".repeat(1000);
        let cut = shortened(&words, 100);
        assert!(cut.chars().count() == 100 && cut.ends_with("... (5,000 characters)"), "{cut}");
    }

    #[test]
    fn long_texts_are_shortened_to_fit_on_a_screen() {
        assert_eq!(screenful("one\ntwo"), "one\ntwo");
        for long in ["line\n".repeat(500), "测".repeat(9000), "word ".repeat(9000)] {
            assert!(rows(&screenful(&long)) <= SCREEN_ROWS - 2, "{}", rows(&screenful(&long)));
        }
        assert!(screenful(&"line\n".repeat(500)).ends_with("\n... and 479 more lines"));
    }
}
