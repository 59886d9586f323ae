//! Renders problems for a terminal screen: as many as fit with an annotated excerpt of the source,
//! further problems in one or two lines each, and the number of omitted problems.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use crate::base::text::{
    SCREEN_COLUMNS, SCREEN_ROWS, columns, is_hidden, plural, rows, shortened, visible_line,
};

use super::super::source::Span;
use super::{Problem, Problems, Severity};

/// Rows reserved for the prompt and the totals.
const OTHER_ROWS: usize = 4;
/// Maximum length of each text of a problem, in characters, so that the excerpt fits on the screen.
const MESSAGE_MAX: usize = 240;
const LABEL_MAX: usize = 160;
const PATH_MAX: usize = 120;
const HELP_MAX: usize = 320;

impl Problems {
    /// Renders the problems that fit on one screen.
    pub fn render(&self, is_styled: bool) -> String {
        let plain = Renderer::plain().term_width(SCREEN_COLUMNS);
        let styled = Renderer::styled().term_width(SCREEN_COLUMNS);
        let room = SCREEN_ROWS - OTHER_ROWS;
        let lines = |rows| self.list.iter().map(|one| self.line(one, rows)).collect::<Vec<_>>();
        // Show all problems with excerpts if they fit. Otherwise, use the first layout that fits:
        // the first problems with excerpts and the others in two rows each; all problems in two
        // rows each; the first problems with excerpts and the others in one row each.
        let all: usize = self.list.iter().map(|one| self.rows(one, &plain)).sum();
        let attempt = |minimum, lines: Vec<String>| {
            self.whole(room, &plain, &lines, minimum).map(|whole| (whole, lines))
        };
        let (whole, lines) = match all <= SCREEN_ROWS - 2 {
            true => (self.list.len(), lines(1)),
            false => attempt(1, lines(2))
                .or_else(|| attempt(0, lines(2)))
                .or_else(|| attempt(1, lines(1)))
                .unwrap_or_else(|| (1, lines(1))),
        };
        let mut text = String::new();
        for problem in &self.list[..whole] {
            text.push_str(&self.snippet(problem, if is_styled { &styled } else { &plain }));
            text.push_str("\n\n");
        }
        let used: usize = self.list[..whole].iter().map(|one| self.rows(one, &plain)).sum();
        let others = &lines[whole..];
        let fits = |count: &usize| rows(&others[..*count].join("\n")) <= room.saturating_sub(used);
        let listed = (0..=others.len()).rev().find(fits).unwrap_or(0);
        for line in &others[..listed] {
            text.push_str(line);
            text.push('\n');
        }
        let more = self.more + others.len() - listed;
        if more > 0 {
            text.push_str(&format!("... and {more} more (list all with --format json)\n"));
        }
        if !others.is_empty() {
            text.push('\n');
        }
        text + &self.counts()
    }

    /// Returns how many problems fit with a full excerpt, at least `minimum`, in addition to the
    /// lines of the remaining problems.
    fn whole(
        &self,
        room: usize,
        renderer: &Renderer,
        lines: &[String],
        minimum: usize,
    ) -> Option<usize> {
        let rows_of_first = self.list.iter().map(|problem| self.rows(problem, renderer));
        let used = std::iter::once(0).chain(rows_of_first.scan(0, |used, rows| {
            *used += rows;
            Some(*used)
        }));
        let fits = |(whole, used): &(usize, usize)| {
            *whole >= minimum && used + rows(&lines[*whole..].join("\n")) <= room
        };
        used.enumerate().take_while(|(_, used)| *used <= room).filter(fits).map(|one| one.0).last()
    }

    /// Returns the number of rows of a problem with its excerpt, including the blank row after it.
    fn rows(&self, problem: &Problem, renderer: &Renderer) -> usize {
        rows(&self.snippet(problem, renderer)) + 1
    }

    fn counts(&self) -> String {
        let count = |severity| self.list.iter().filter(|one| one.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error) + self.more, count(Severity::Warning));
        let (errors, warnings) = (errors as u64, warnings as u64);
        match (errors, warnings) {
            (0, _) => String::new(),
            (_, 0) => format!("{}\n", plural(errors, "error")),
            _ => format!("{}, {}\n", plural(errors, "error"), plural(warnings, "warning")),
        }
    }

    /// Renders a problem in at most `rows` rows: severity, code, location, message and label.
    fn line(&self, problem: &Problem, rows: usize) -> String {
        let word = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let place = problem.span.as_ref().map_or_else(String::new, |span| {
            let (line, column) = self.sources.line_and_column(span);
            format!("{}:{line}:{column}: ", shortened(self.sources.name(span.source), 40))
        });
        let label = if problem.label.is_empty() { "" } else { ": " };
        let text =
            format!("{word}[{}]: {place}{}{label}{}", problem.code, problem.message, problem.label);
        let (text, room) = (visible_line(&text), rows * SCREEN_COLUMNS);
        if columns(&text) <= room {
            return text.into_owned();
        }
        let mut kept = String::new();
        let mut used = 0;
        for letter in text.chars() {
            used += columns(letter.encode_utf8(&mut [0; 4]));
            if used + "...".len() > room {
                break;
            }
            kept.push(letter);
        }
        kept + "..."
    }

    /// Renders a problem with an annotated excerpt of the source.
    fn snippet(&self, problem: &Problem, renderer: &Renderer) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let shown = |text: &str, max| visible_line(&shortened(text, max)).into_owned();
        let [message, label, help] = [
            shown(&problem.message, MESSAGE_MAX),
            shown(&problem.label, LABEL_MAX),
            shown(&problem.help, HELP_MAX),
        ];
        let (source, path);
        let mut elements: Vec<Element<'_>> = Vec::new();
        if let Some(span) = &problem.span {
            source = masked(self.sources.text(span.source));
            path = shown(self.sources.name(span.source), PATH_MAX);
            let place = AnnotationKind::Primary.span(range(&source, span)).label(label.as_str());
            let snippet = Snippet::source(source.as_ref()).path(path.as_str());
            elements.push(snippet.annotation(place).into());
        }
        if !help.is_empty() {
            elements.push(Level::HELP.message(help.as_str()).into());
        }
        let title = level.primary_title(message.as_str()).id(problem.code);
        renderer.render(&[title.elements(elements)])
    }
}

/// Replaces hidden characters by visible ones of the same byte length, so that byte positions
/// remain valid.
fn masked(text: &str) -> Cow<'_, str> {
    let is_masked = |letter: char| is_hidden(letter) && !matches!(letter, '\n' | '\r' | '\t');
    if !text.chars().any(is_masked) {
        return Cow::Borrowed(text);
    }
    let mask = |letter: char| match letter.len_utf8() {
        _ if !is_masked(letter) => letter,
        1 => '?',
        2 => '\u{bf}',
        _ => '\u{fffd}',
    };
    Cow::Owned(text.chars().map(mask).collect())
}

/// Clips a span to the text, to character boundaries and to its first line.
fn range(text: &str, span: &Span) -> std::ops::Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(span.range.start);
    let end = boundary(span.range.end).max(start);
    let line_end = text[start..end].find('\n').map_or(end, |length| start + length);
    start..line_end
}

#[cfg(test)]
mod tests {
    use super::super::super::source::Sources;
    use super::super::code;
    use super::*;

    /// Creates `count` problems, one per line of a text, with lines, messages and names of `length`
    /// characters.
    fn problems(count: usize, length: usize) -> Problems {
        let mut sources = Sources::default();
        let line = format!("key = \"{}\"\n", "v".repeat(length));
        let name = format!("{}.toml", "n".repeat(length));
        let source = sources.add(name, line.repeat(count));
        let problem = |number: usize| {
            let start = number * line.len();
            let message = format!("`{}` is wrong", "m".repeat(length));
            Problem::error(code::BAD_UNIT, message)
                .at(Span::new(source, start + 6..start + 6 + length), "l ".repeat(length))
                .help("h ".repeat(length))
        };
        Problems::new(sources, (0..count).map(problem).collect())
    }

    #[test]
    fn all_problems_fit_on_one_screen() {
        for count in [1, 2, 5, 16, 40, 250] {
            for length in [1, 70, 300, 20_000] {
                let text = problems(count, length).render(false);
                let rows = rows(&text);
                assert!(rows < SCREEN_ROWS, "{count} of {length}: {rows} rows\n{text}");
                let noun = if count == 1 { "error" } else { "errors" };
                assert!(text.ends_with(&format!("{count} {noun}\n")), "{text}");
            }
        }
    }

    #[test]
    fn each_problem_shows_its_location_while_space_remains() {
        let text = problems(12, 1).render(false);
        for line in 1..=12 {
            assert!(text.contains(&format!("n.toml:{line}:7")), "{line}: {text}");
        }
        assert!(!text.contains("more"), "{text}");
        let text = problems(250, 1).render(false);
        assert!(text.contains("... and 237 more"), "{text}");
    }

    #[test]
    fn hidden_characters_are_shown_at_their_position() {
        for letter in ['\u{0}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{200e}', '\u{202e}'] {
            let mut sources = Sources::default();
            let source = sources.add(format!("a{letter}.toml"), format!("x{letter}y = 5apples"));
            let at = "xy = ".len() + letter.len_utf8();
            let problem = Problem::error(code::BAD_UNIT, format!("m{letter}"))
                .at(Span::new(source, at..at + 7), format!("l{letter}"))
                .help(format!("h{letter}"));
            for is_styled in [false, true] {
                let problems = Problems::new(sources.clone(), vec![problem.clone()]);
                let text = problems.render(is_styled).replace("\u{1b}[", "");
                let is_wrong = |letter: char| is_hidden(letter) && letter != '\n';
                assert!(!text.chars().any(is_wrong), "{letter:?}: {text:?}");
                assert!(is_styled || text.contains("       ^^^^^^^"), "{letter:?}: {text}");
            }
        }
    }
}
