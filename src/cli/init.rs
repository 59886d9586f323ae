//! `cmgsim init`: writes a scenario to start from, and asks for its most important numbers at a
//! terminal.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::format;
use crate::results::store;
use crate::scenario::ScenarioOrigin;
use crate::scenario::starter::{self, Answers};

use super::failure::Failure;
use super::{Format, inputs, output};

#[derive(Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub(super) struct Init {
    /// File to write, or - to print the scenario
    #[arg(value_name = "FILE", default_value = "scenario.toml", help_heading = super::ARGUMENTS)]
    file: PathBuf,
    /// Set the number of clients [default: 10000]
    ///
    /// Some of the clients are off at any time. At a terminal, init asks for the values of
    /// --clients, --internet, --instances, --connection-points and --management-points that you do
    /// not set.
    #[arg(long, value_name = "N", value_parser = clients)]
    clients: Option<u32>,
    /// Set the share of the clients' sessions on the internet [default: 70%]
    ///
    /// For example, clients in a home office without VPN are on the internet. All other sessions
    /// are on the intranet.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    internet: Option<u32>,
    /// Set the number of VM instances of the gateway [default: 2]
    #[arg(long, value_name = "N", value_parser = instances)]
    instances: Option<u32>,
    /// Set the number of CMG connection points [default: 2]
    #[arg(long, value_name = "N", value_parser = servers)]
    connection_points: Option<u32>,
    /// Set the number of management points [default: 2]
    #[arg(long, value_name = "N", value_parser = servers)]
    management_points: Option<u32>,
    /// Write every key with its default as a comment
    #[arg(long, help_heading = "Output")]
    full: bool,
    /// Overwrite an existing file
    #[arg(long, help_heading = "Output")]
    force: bool,
    /// Print the result as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

const CLIENTS: Numbers = Numbers { least: 1, most: 10_000_000, unit: "" };
const PERCENT: Numbers = Numbers { least: 1, most: 100, unit: "%" };
const INSTANCES: Numbers = Numbers { least: 1, most: 16, unit: "" };
const SERVERS: Numbers = Numbers { least: 1, most: 100, unit: "" };

/// Whole numbers that are valid for an option and for the answer to its question.
#[derive(Clone, Copy)]
struct Numbers {
    least: u32,
    most: u32,
    unit: &'static str,
}

impl Numbers {
    /// Parses a number with or without its unit and group separators.
    fn parse(self, text: &str) -> Result<u32, String> {
        let Numbers { least, most, unit } = self;
        let text = text.trim();
        let number = whole_number(text.strip_suffix(unit).unwrap_or(text).trim_end());
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("enter a whole number from {least}{unit} to {most}{unit}"))
    }
}

fn clients(text: &str) -> Result<u32, String> {
    CLIENTS.parse(text)
}

fn percent(text: &str) -> Result<u32, String> {
    PERCENT.parse(text)
}

fn instances(text: &str) -> Result<u32, String> {
    INSTANCES.parse(text)
}

fn servers(text: &str) -> Result<u32, String> {
    SERVERS.parse(text)
}

/// Returns the argument with which other commands read this file, even if an embedded scenario has
/// the same name.
fn argument(file: &Path) -> String {
    let name = file.display().to_string();
    let is_file = matches!(ScenarioOrigin::named(&name), ScenarioOrigin::Path(_));
    format::command([if is_file { name } else { format!("./{name}") }.as_str()])
}

/// Parses a whole number, with the separators of many languages between groups of three digits.
fn whole_number(text: &str) -> Option<u32> {
    let groups: Vec<&str> =
        text.split([',', '.', '_', '\'', ' ', '\u{a0}', '\u{2009}', '\u{202f}']).collect();
    let is_digits = |group: &&str| group.chars().all(|one| one.is_ascii_digit());
    let is_first = (1..=3).contains(&groups[0].len()) && !groups[0].starts_with('0');
    let is_grouped = is_first && groups[1..].iter().all(|group| group.len() == 3);
    let is_number = groups.iter().all(is_digits) && (groups.len() == 1 || is_grouped);
    is_number.then(|| groups.concat().parse().ok()).flatten()
}

/// A number that the user chooses.
struct Question<'a> {
    text: &'static str,
    numbers: Numbers,
    given: Option<u32>,
    answer: &'a mut u32,
}

impl Init {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        if self.file.as_os_str() == "-" {
            return self.print();
        }
        if self.file.symlink_metadata().is_ok() && !self.force {
            return Err(Failure::Usage(format!(
                "{} exists; name another file, or use --force to overwrite it",
                self.file.display()
            )));
        }
        inputs::refuse_file("FILE", &self.file)?;
        let folder = self.file.parent().filter(|one| !one.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|one| !one.exists()) {
            let why = format!("the folder {} does not exist", folder.display());
            return Err(Failure::System {
                what: format!("cannot write {}", self.file.display()),
                cause: io::Error::new(io::ErrorKind::NotFound, why),
            });
        }
        let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let can_ask = is_terminal && self.format == Format::Text && !output::is_quiet();
        let answers = match can_ask {
            true => {
                let cannot_ask = |cause| Failure::System { what: "cannot ask".to_owned(), cause };
                self.ask(&mut io::stdin().lock(), &mut io::stderr()).map_err(cannot_ask)?
            }
            false => self.answers(),
        };
        store::write_file(&self.file, self.text(&answers).as_bytes())?;
        let (file, argument) = (self.file.display().to_string(), argument(&self.file));
        output::print(&match self.format {
            Format::Json => format!("{:#}\n", serde_json::json!({ "wrote": file })),
            Format::Text if output::is_quiet() => return Ok(()),
            Format::Text => format!(
                "wrote {file}\nnext: edit it, then run `cmgsim check {argument}` and `cmgsim run \
                 {argument}`\n"
            ),
        })
    }

    /// Prints the scenario.
    fn print(&self) -> Result<(), Failure> {
        if self.force {
            let message = "--force has no effect with -, because no file is written".to_owned();
            return Err(Failure::Usage(message));
        }
        let text = self.text(&self.answers());
        output::print(&match self.format {
            Format::Text => text,
            Format::Json => format!("{:#}\n", serde_json::json!({ "text": text })),
        })
    }

    fn text(&self, answers: &Answers) -> String {
        if self.full { starter::full(answers) } else { starter::short(answers) }
    }

    /// Returns the numbers set by options, and defaults for the others.
    fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        for question in self.questions(&mut answers) {
            *question.answer = question.given.unwrap_or(*question.answer);
        }
        answers
    }

    /// Asks for each number that no option sets. An empty line accepts the default, and the end of
    /// the input accepts all remaining defaults.
    fn ask(&self, input: &mut impl BufRead, prompt: &mut impl Write) -> io::Result<Answers> {
        let mut answers = self.answers();
        let (mut is_first, mut is_open) = (true, true);
        for question in self.questions(&mut answers) {
            if question.given.is_some() || !is_open {
                continue;
            }
            if std::mem::take(&mut is_first) {
                writeln!(prompt, "Press Enter to accept the default in [brackets].")?;
            }
            is_open = question.ask(input, prompt)?;
            if !is_open {
                writeln!(prompt, "\nThe input ended; the remaining numbers keep their defaults.")?;
            }
        }
        Ok(answers)
    }

    fn questions<'a>(&self, answers: &'a mut Answers) -> [Question<'a>; 5] {
        let question = |text, numbers, given, answer| Question { text, numbers, given, answer };
        [
            question("Number of clients", CLIENTS, self.clients, &mut answers.clients),
            question(
                "Share of the clients' sessions on the internet",
                PERCENT,
                self.internet,
                &mut answers.internet_percent,
            ),
            question(
                "Number of VM instances of the gateway",
                INSTANCES,
                self.instances,
                &mut answers.instances,
            ),
            question(
                "Number of CMG connection points",
                SERVERS,
                self.connection_points,
                &mut answers.connection_points,
            ),
            question(
                "Number of management points",
                SERVERS,
                self.management_points,
                &mut answers.management_points,
            ),
        ]
    }
}

impl Question<'_> {
    /// Repeats the question until the answer is valid. Returns false if the input ends.
    fn ask(self, input: &mut impl BufRead, prompt: &mut impl Write) -> io::Result<bool> {
        loop {
            write!(prompt, "{} [{}{}]: ", self.text, self.answer, self.numbers.unit)?;
            prompt.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(false);
            }
            if line.trim().is_empty() {
                return Ok(true);
            }
            match self.numbers.parse(&line) {
                Ok(number) => {
                    *self.answer = number;
                    return Ok(true);
                }
                Err(message) => writeln!(prompt, "Invalid number: {message}.")?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn init(clients: Option<u32>) -> Init {
        Init {
            file: PathBuf::from("x.toml"),
            clients,
            internet: None,
            instances: None,
            connection_points: None,
            management_points: None,
            full: false,
            force: false,
            format: Format::Text,
        }
    }

    fn asked(init: &Init, typed: &str) -> (Answers, String) {
        let mut prompt = Vec::new();
        let answers = init.ask(&mut typed.as_bytes(), &mut prompt).expect("memory");
        (answers, String::from_utf8(prompt).expect("UTF-8"))
    }

    #[test]
    fn enter_and_the_end_of_the_input_accept_the_defaults() {
        for (typed, questions) in [("\n\n\n\n\n", 5), ("\r\n\r\n", 3), ("", 1)] {
            let (answers, prompt) = asked(&init(None), typed);
            assert_eq!(answers, Answers::default());
            assert_eq!(prompt.matches("]: ").count(), questions, "{prompt}");
        }
    }

    #[test]
    fn separators_are_accepted_only_between_groups_of_three_digits() {
        for (typed, expected) in
            [("150,000", 150_000), ("1.000.000", 1_000_000), ("12 000", 12_000)]
        {
            assert_eq!(whole_number(typed), Some(expected), "{typed}");
        }
        for typed in
            ["1,5", "10.5", "1,50", "1000,000", ",500", "1,,000", "0,500", "-5", "+5", "1.0000"]
        {
            assert_eq!(whole_number(typed), None, "{typed}");
        }
        let (answers, prompt) = asked(&init(None), "1,5\n10.5\n20\n");
        assert_eq!(answers.clients, 20);
        assert_eq!(prompt.matches("Number of clients [").count(), 3, "{prompt}");
    }

    #[test]
    fn an_invalid_answer_repeats_the_question() {
        let (answers, prompt) = asked(&init(None), "many\n150,000\n85 %\n17\n4\n3\n5\n");
        let expected = Answers {
            clients: 150_000,
            internet_percent: 85,
            instances: 4,
            connection_points: 3,
            management_points: 5,
        };
        assert_eq!(answers, expected);
        assert!(prompt.contains("enter a whole number from 1 to 16."), "{prompt}");
    }

    #[test]
    fn an_option_replaces_its_question() {
        let (answers, prompt) = asked(&init(Some(7)), "");
        assert_eq!(answers.clients, 7);
        assert!(!prompt.contains("Number of clients"), "{prompt}");
    }

    #[test]
    fn the_scenario_has_an_objective_on_connections_and_a_question_without_numbers() {
        let text = init(Some(28_000)).text(&Answers::default());
        assert!(text.contains("\ntime_over_limit_share = \"1%\""), "{text}");
        let question = text.lines().find(|line| line.starts_with("question = "));
        let has_digit = |line: &str| line.chars().any(|letter| letter.is_ascii_digit());
        assert!(question.is_some_and(|line| !has_digit(line)), "{text}");
    }

    #[test]
    fn the_proposed_command_reads_the_file_and_not_a_preset_of_the_same_name() {
        assert_eq!(argument(Path::new("quickstart")), "./quickstart");
        assert_eq!(argument(Path::new("contoso.toml")), "contoso.toml");
    }

    #[test]
    fn a_number_of_clients_may_have_separators() {
        assert_eq!(
            ["28000", "28,000", "28.000", "28_000"].map(clients),
            [Ok(28_000), Ok(28_000), Ok(28_000), Ok(28_000)]
        );
        for wrong in ["0", "many", "1,5", "28%", "10,000,001"] {
            assert!(clients(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_a_whole_percentage() {
        assert_eq!((percent("70%"), percent("100")), (Ok(70), Ok(100)));
        for wrong in ["0%", "101%", "0.5", "half"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
