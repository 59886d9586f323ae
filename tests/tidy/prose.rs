//! Separates the prose of a file from its code. Both texts have the same length as the file, with
//! blanks in place of everything else.

/// Replacement for anything that is not prose. A phrase cannot extend across it.
pub const GAP: char = '\u{1}';

/// Replacement for code between backticks.
pub const SPAN: char = '\u{2}';

/// The prose and the code of a file as separate texts, in which characters keep their positions.
pub struct Parted {
    /// Comments, string literals and running text, without code between backticks.
    pub prose: Vec<char>,
    /// Comments, string literals and running text, with code between backticks.
    pub with_code: Vec<char>,
    /// Code without comments and string literals.
    pub code: Vec<char>,
}

/// Syntax of comments and strings in a programming language.
struct Syntax {
    line_comment: &'static str,
    has_block_comments: bool,
    quotes: &'static str,
    is_rust: bool,
}

impl Syntax {
    fn of(ending: &str) -> Option<Syntax> {
        let (line_comment, has_block_comments, quotes, is_rust) = match ending {
            "rs" => ("//", true, "\"", true),
            "js" => ("//", true, "\"'`", false),
            "py" => ("#", false, "\"'", false),
            _ => return None,
        };
        Some(Syntax { line_comment, has_block_comments, quotes, is_rust })
    }
}

/// Separates the parts of a file according to its file name extension.
pub fn part(name: &str, text: &str) -> Parted {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let chars: Vec<char> = text.chars().collect();
    let (with_code, code) = match Syntax::of(ending) {
        Some(syntax) => Reader { chars: &chars, at: 0, syntax }.read(),
        None if ending == "ipynb" => (cells(text), Vec::new()),
        None => (chars, Vec::new()),
    };
    let prose = if ending == "md" { outside_fences(&with_code) } else { with_code.clone() };
    let prose = if matches!(ending, "rs" | "md" | "toml" | "py" | "ipynb") {
        without_code(&prose, &with_code)
    } else {
        prose
    };
    Parted { prose, with_code, code }
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    syntax: Syntax,
}

impl Reader<'_> {
    fn read(mut self) -> (Vec<char>, Vec<char>) {
        let blank = |one: &char| if one.is_whitespace() { *one } else { GAP };
        let mut prose: Vec<char> = self.chars.iter().map(blank).collect();
        let mut code: Vec<char> = self.chars.to_vec();
        while self.at < self.chars.len() {
            let start = self.at;
            let Some((open, close)) = self.literal() else { continue };
            for one in &mut code[start..self.at] {
                *one = blank(one);
            }
            let is_comment = self.looks_at(start, self.syntax.line_comment);
            // Treat comment markers as white space, because a phrase may continue on the next line.
            for one in prose.iter_mut().take(open).skip(start).filter(|_| is_comment) {
                *one = ' ';
            }
            let end = close.max(open);
            prose[open..end].copy_from_slice(&self.chars[open..end]);
            if !is_comment {
                escapes(&mut prose[open..end]);
            }
        }
        (prose, code)
    }

    fn looks_at(&self, at: usize, mark: &str) -> bool {
        mark.chars().enumerate().all(|(offset, one)| self.chars.get(at + offset) == Some(&one))
    }

    /// Advances past the next character or literal. For a comment or string, returns the start and
    /// end of its text.
    fn literal(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let one = self.chars[start];
        if self.looks_at(start, self.syntax.line_comment) {
            let end = self.find(start, "\n");
            let is_mark = |one: &char| matches!(one, '/' | '!' | '#');
            let marks = self.chars[start..end].iter().take_while(|one| is_mark(one)).count();
            self.at = end;
            return Some((start + marks, end));
        }
        if self.syntax.has_block_comments && self.looks_at(start, "/*") {
            let end = self.find(start + 2, "*/");
            self.at = (end + 2).min(self.chars.len());
            return Some((start + 2, end));
        }
        if self.syntax.is_rust && one == 'r' && !self.is_in_word(start) {
            let hashes = self.chars[start + 1..].iter().take_while(|one| **one == '#').count();
            if self.chars.get(start + 1 + hashes) == Some(&'"') {
                let open = start + 2 + hashes;
                let end = self.find(open, &format!("\"{}", "#".repeat(hashes)));
                self.at = (end + 1 + hashes).min(self.chars.len());
                return Some((open, end));
            }
        }
        if self.syntax.is_rust && one == '\'' {
            self.at += self.character(start);
            return None;
        }
        if self.syntax.quotes.contains(one) {
            let triple = String::from(one).repeat(3);
            let is_triple = self.syntax.line_comment == "#" && self.looks_at(start, &triple);
            let mark = if is_triple { triple } else { String::from(one) };
            let open = start + mark.len();
            let end = self.end_of_string(open, &mark);
            self.at = (end + mark.len()).min(self.chars.len());
            return Some((open, end));
        }
        self.at += 1;
        None
    }

    fn is_in_word(&self, at: usize) -> bool {
        at > 0 && (self.chars[at - 1].is_alphanumeric() || self.chars[at - 1] == '_')
    }

    /// Returns the position of the next occurrence of `mark`, or the end of the file.
    fn find(&self, from: usize, mark: &str) -> usize {
        (from..self.chars.len()).find(|at| self.looks_at(*at, mark)).unwrap_or(self.chars.len())
    }

    fn end_of_string(&self, from: usize, mark: &str) -> usize {
        let mut at = from;
        while at < self.chars.len() && !self.looks_at(at, mark) {
            at += if self.chars[at] == '\\' { 2 } else { 1 };
        }
        at.min(self.chars.len())
    }

    /// Returns the length of a character literal, or 1 for a lifetime.
    fn character(&self, start: usize) -> usize {
        let rest = &self.chars[start + 1..];
        match rest {
            ['\\', _, rest @ ..] => rest.iter().position(|one| *one == '\'').map_or(1, |at| at + 4),
            [_, '\'', ..] => 3,
            _ => 1,
        }
    }
}

/// Replaces escape sequences. An escaped line break ends a phrase; a continued line does not.
fn escapes(text: &mut [char]) {
    for at in 0..text.len() {
        if text[at] != '\\' {
            continue;
        }
        text[at] = match text.get(at + 1) {
            Some('n' | 't') => {
                text[at + 1] = ' ';
                GAP
            }
            _ => ' ',
        };
    }
}

/// Returns a notebook with the quotes around its source lines replaced by spaces.
fn cells(text: &str) -> Vec<char> {
    let lines = text.split_inclusive('\n').map(|line| {
        let is_source = line.trim_start().starts_with('"') && !line.contains("\": ");
        let line = line.replace("\\n\"", "   ").replace("\",\n", "  \n");
        if is_source { line.replacen('"', " ", 1) } else { line }
    });
    lines.collect::<String>().chars().collect()
}

/// Returns Markdown in which backticks of code blocks are blank, so that `without_code` keeps the
/// blocks.
fn outside_fences(text: &[char]) -> Vec<char> {
    let mut is_code = false;
    let mut found = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|one| *one == '\n') {
        let is_fence = line.starts_with(&['`', '`', '`']);
        is_code ^= is_fence;
        let keep = |one: &char| if is_code || is_fence { blank_tick(*one) } else { *one };
        found.extend(line.iter().map(keep));
    }
    found
}

/// Replaces a backtick by a space.
fn blank_tick(one: char) -> char {
    if one == '`' { ' ' } else { one }
}

/// Returns the text without code between backticks. Such code ends, at the latest, at the end of
/// its paragraph.
fn without_code(text: &[char], original: &[char]) -> Vec<char> {
    let mut found = text.to_vec();
    let mut open: Option<usize> = None;
    for at in 0..text.len() {
        let is_end = text[at] == GAP || (text[at] == '\n' && original.get(at + 1) == Some(&'\n'));
        if is_end {
            open = None;
        } else if text[at] == '`' {
            match open.take() {
                Some(start) => {
                    for one in &mut found[start..=at] {
                        *one = if *one == '\n' { '\n' } else { SPAN };
                    }
                }
                None => open = Some(at),
            }
        }
    }
    found
}

#[test]
fn comments_and_strings_are_prose_and_the_rest_is_code() {
    let text = "let a = 'x'; // says `so`\n// much\nf(\"two \\\n  b\\nc\", r#\"raw\"#, &'a str);";
    let parted = part("a.rs", text);
    let show = |chars: &[char]| -> String {
        let words: String = chars.iter().collect();
        words.replace([GAP, SPAN], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(show(&parted.prose), "says much two b c raw");
    assert_eq!(show(&parted.with_code), "says `so` much two b c raw");
    assert_eq!(show(&parted.code), "let a = 'x'; f( , , &'a str);");
    assert_eq!(parted.prose.len(), text.chars().count());
    let page = "a `b\nc` d\n\n```\ne `f\n```\ng `h` i\n";
    assert_eq!(show(&part("a.md", page).prose), "a d e f g i");
}
