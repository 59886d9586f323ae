//! Rules that assign logged requests to classes: parsing of rule files, and matching.

use serde::Deserialize;
use toml::Spanned;

use super::class::Class;

/// Rules of cmgsim.
const BUILTIN: &str = include_str!("rules.toml");

/// Maximum size of a rule file in bytes. Much larger files can exhaust the stack of the parser.
const FILE_BYTES_MAX: usize = 24 * 1024;

/// Maximum number of nested brackets in a rule file.
const DEPTH_MAX: u32 = 8;

/// Error in a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RulesError {
    /// Name of the file.
    pub file: String,
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Rules in the order in which they are tried.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Rules by the first four bytes of the path, in lower case; in ascending order of the keys.
    index: Vec<([u8; KEY], Vec<u16>)>,
    /// Rules for paths with any beginning.
    rest: Vec<u16>,
}

/// Number of bytes of a path that select its rules.
const KEY: usize = 4;

/// A rule. Texts are in lower case.
#[derive(Clone, Debug)]
struct Rule {
    class: Class,
    conditions: Conditions,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Conditions {
    method: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    path_prefix: Option<Vec<u8>>,
    path_suffix: Option<Vec<u8>>,
    query_prefix: Option<Vec<u8>>,
    query_has: Option<Vec<u8>>,
    port: Option<u16>,
}

/// Rule file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

/// Rule as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    kind: String,
    method: Option<String>,
    path: Option<String>,
    path_prefix: Option<String>,
    path_suffix: Option<String>,
    query_prefix: Option<String>,
    query_has: Option<String>,
    port: Option<u16>,
    source: String,
}

/// The parts of a request that rules use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Request<'a> {
    pub(super) method: &'a [u8],
    pub(super) path: &'a [u8],
    pub(super) query: &'a [u8],
    /// Text of the port of the server; empty if it is not logged.
    pub(super) port: &'a [u8],
}

/// Classes of all requests with the same method, path and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// Rules with a condition on the query, whose other conditions hold.
    by_query: Vec<u16>,
    /// Class of requests for which no such condition holds.
    otherwise: Class,
}

impl Rules {
    /// Returns the rules of cmgsim.
    pub fn builtin() -> Rules {
        Rules::with("").expect("a test parses the rules of cmgsim")
    }

    /// Returns the rules of a user's file, which are tried first, followed by the rules of cmgsim.
    ///
    /// # Errors
    /// Returns an error with the line number if the text is not TOML, or contains an unknown key,
    /// an unknown kind, a rule without conditions on the path, contradictory conditions, or two
    /// rules with the same conditions.
    pub fn with_file(name: &str, text: &str) -> Result<Rules, RulesError> {
        Rules::with(text).map_err(|(line, message)| RulesError {
            file: name.to_owned(),
            line,
            message,
        })
    }

    fn with(text: &str) -> Result<Rules, (usize, String)> {
        let mut rules = parse(text)?;
        rules.extend(parse(BUILTIN)?);
        Ok(Rules::indexed(rules))
    }

    fn indexed(rules: Vec<Rule>) -> Rules {
        let (mut keys, mut rest) = (Vec::new(), Vec::new());
        for (rule, number) in rules.iter().zip(0_u16..) {
            match rule.conditions.key() {
                Some(key) => keys.push(key),
                None => rest.push(number),
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let numbers = |key: [u8; KEY]| {
            let is_tried = |rule: &Rule| rule.conditions.key().is_none_or(|own| own == key);
            let tried = rules.iter().zip(0_u16..).filter(|(rule, _)| is_tried(rule));
            (key, tried.map(|(_, number)| number).collect())
        };
        let index = keys.into_iter().map(numbers).collect();
        Rules { rules, index, rest }
    }

    /// Returns the classes of all requests with a method, a path and a port (zero if it is not
    /// logged).
    pub(super) fn decide(&self, method: &[u8], path: &[u8], port: u16) -> Decision {
        let path = without_proxy(path);
        let mut key = [0; KEY];
        let tried = match path.get(..KEY) {
            Some(beginning) => {
                key.copy_from_slice(beginning);
                key.make_ascii_lowercase();
                let found = self.index.binary_search_by(|(own, _)| own.cmp(&key));
                found.map_or(&self.rest, |at| &self.index[at].1)
            }
            None => &self.rest,
        };
        let mut decision = Decision { by_query: Vec::new(), otherwise: Class::Unclassified };
        for number in tried {
            let Rule { class, conditions } = &self.rules[usize::from(*number)];
            if conditions.hold(method, path, port) {
                if !conditions.has_query() {
                    decision.otherwise = *class;
                    break;
                }
                decision.by_query.push(*number);
            }
        }
        decision
    }

    /// Returns the class of a request with a query, whose method, path and port led to a decision.
    #[inline]
    pub(super) fn class(&self, decision: &Decision, query: &[u8]) -> Class {
        let mut rules = decision.by_query.iter().map(|number| &self.rules[usize::from(*number)]);
        let rule = rules.find(|rule| rule.conditions.hold_query(query));
        rule.map_or(decision.otherwise, |rule| rule.class)
    }
}

impl Conditions {
    /// Returns the beginning of all paths that match; `None` if they have different beginnings.
    fn key(&self) -> Option<[u8; KEY]> {
        let beginning = self.path.as_ref().or(self.path_prefix.as_ref())?;
        beginning.get(..KEY)?.try_into().ok()
    }

    /// Returns whether all conditions except those on the query hold.
    fn hold(&self, method: &[u8], path: &[u8], own_port: u16) -> bool {
        let ends = |text: &[u8], with: &Vec<u8>| {
            let start = text.len().checked_sub(with.len());
            start.is_some_and(|start| text[start..].eq_ignore_ascii_case(with))
        };
        self.path_prefix.as_ref().is_none_or(|text| begins(path, text))
            && self.path.as_ref().is_none_or(|text| path.eq_ignore_ascii_case(text))
            && self.path_suffix.as_ref().is_none_or(|text| ends(path, text))
            && self.port.is_none_or(|port| port == own_port)
            && self.method.as_ref().is_none_or(|text| method.eq_ignore_ascii_case(text))
    }

    fn has_query(&self) -> bool {
        self.query_prefix.is_some() || self.query_has.is_some()
    }

    /// Returns whether the conditions on the query hold.
    fn hold_query(&self, query: &[u8]) -> bool {
        let has = |part: &Vec<u8>| {
            query.split(|byte| *byte == b'&').any(|one| one.eq_ignore_ascii_case(part))
        };
        self.query_prefix.as_ref().is_none_or(|text| begins(query, text))
            && self.query_has.as_ref().is_none_or(has)
    }
}

fn begins(text: &[u8], with: &[u8]) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// Removes the prefix `/CCM_Proxy_.../ID` that a gateway adds to paths.
fn without_proxy(path: &[u8]) -> &[u8] {
    const PREFIX: &[u8] = b"/ccm_proxy_";
    if !path.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
        return path;
    }
    let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    slashes.map(|(at, _)| at).nth(2).map_or(path, |at| &path[at..])
}

/// Parses a rule file. An error has a line number and a message.
fn parse(text: &str) -> Result<Vec<Rule>, (usize, String)> {
    if text.len() > FILE_BYTES_MAX {
        return Err((1, format!("the file is larger than {FILE_BYTES_MAX} bytes; shorten it")));
    }
    let line_of = |at: usize| {
        1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
    };
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err((line_of(at), "brackets are nested too deeply".to_owned()));
        }
    }
    let file: RawFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        let expected = "a rule has the keys kind, method, path, path_prefix, path_suffix, \
            query_prefix, query_has, port and source";
        (line, format!("{}; {expected}", error.message().lines().next().unwrap_or_default()))
    })?;
    if u16::try_from(file.rule.len()).is_err() {
        return Err((1, "the file has too many rules".to_owned()));
    }
    let mut rules: Vec<(usize, Rule)> = Vec::new();
    for raw in file.rule {
        let line = line_of(raw.span().start);
        let rule = raw.into_inner().checked().map_err(|message| (line, message))?;
        if let Some((earlier, _)) = rules.iter().find(|(_, one)| one.conditions == rule.conditions)
        {
            let message = format!(
                "the rule has the same conditions as the rule in line {earlier}, so it is never \
                 used; remove one of them"
            );
            return Err((line, message));
        }
        rules.push((line, rule));
    }
    Ok(rules.into_iter().map(|(_, rule)| rule).collect())
}

impl RawRule {
    fn checked(self) -> Result<Rule, String> {
        let Some(class) = Class::of_rule(&self.kind) else {
            let names: Vec<&str> =
                Class::all().filter(|one| one.is_classified()).map(Class::name).collect();
            return Err(format!(
                "`{}` is not a kind; the kinds are {}",
                self.kind,
                names.join(", ")
            ));
        };
        let lower = |text: Option<String>| text.map(|text| text.to_ascii_lowercase().into_bytes());
        let conditions = Conditions {
            method: lower(self.method),
            path: lower(self.path),
            path_prefix: lower(self.path_prefix),
            path_suffix: lower(self.path_suffix),
            query_prefix: lower(self.query_prefix),
            query_has: lower(self.query_has),
            port: self.port,
        };
        let paths = [&conditions.path, &conditions.path_prefix, &conditions.path_suffix];
        if paths.iter().all(|text| text.is_none()) {
            return Err("the rule has no condition on the path; add path, path_prefix or \
                        path_suffix"
                .to_owned());
        }
        if conditions.path.is_some() && paths[1..].iter().any(|text| text.is_some()) {
            return Err(
                "the rule has path and path_prefix or path_suffix; use only one of them".to_owned()
            );
        }
        let starts = [&conditions.path, &conditions.path_prefix];
        if starts.into_iter().flatten().any(|text| !text.starts_with(b"/")) {
            return Err("path and path_prefix start with `/`".to_owned());
        }
        if self.source.trim().is_empty() {
            return Err("the rule has an empty source; write the document and its date, or \
                        \"assumed\""
                .to_owned());
        }
        Ok(Rule { class, conditions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::requests::{HttpRequest, port};
    use crate::terms::RequestKind;

    fn class(method: &str, path: &str, query: &str, port: u16) -> &'static str {
        let rules = Rules::builtin();
        let decision = rules.decide(method.as_bytes(), path.as_bytes(), port);
        rules.class(&decision, query.as_bytes()).name()
    }

    #[test]
    fn requests_of_clients_are_classified() {
        for (method, path, query, port, expected) in [
            ("CCM_POST", "/ccm_system/request", "", 443, "messages"),
            ("CCM_POST", "/ccm_system_windowsauth/request", "", 80, "messages"),
            ("CCM_POST", "/CCM_System_AltAuth/Request", "", 443, "messages"),
            ("GET", "/SMS_MP/.sms_pol", "{GUID}.SHA256:0EE4", 80, "policy_body"),
            ("GET", "/SMS_MP/.sms_aut", "MPLIST2&CM1", 80, "location"),
            ("GET", "/sms_mp/.sms_aut", "mpcert", 80, "outside_model"),
            ("POST", "/CCM_STS", "", 443, "token_renewal"),
            ("POST", "/CCM_Proxy_ServerAuth/72057594037927939/CCM_STS", "", 443, "token_renewal"),
            ("POST", "/bgb/handler.ashx", "RequestType=LogIn", 443, "channel_open"),
            ("POST", "/bgb/handler.ashx", "a=1&requesttype=login", 443, "channel_open"),
            ("POST", "/bgb/handler.ashx", "RequestType=LogInX", 443, "keep_alive"),
            ("POST", "/ClientWebService/client.asmx", "", 8530, "update_scan"),
            ("GET", "/SMS_DP_SMSPKG$/PS100001/a.cab", "", 80, "content_download"),
            ("GET", "/Content/AB/0123.cab", "", 8531, "content_download"),
            ("GET", "/Content/AB/0123.cab", "", 80, "unclassified"),
            ("GET", "/", "", 80, "unclassified"),
            ("", "", "", 0, "unclassified"),
            ("GET", "/CCM_Proxy_ServerAuth", "", 443, "unclassified"),
        ] {
            assert_eq!(class(method, path, query, port), expected, "{path}?{query}");
        }
    }

    /// The rules find the class of each request that a simulated site system logs.
    #[test]
    fn the_requests_of_all_kinds_of_the_model_are_classified() {
        for kind in RequestKind::ALL {
            let HttpRequest { method, stem, query, .. } = HttpRequest::of_kind(kind);
            let expected = match (method, kind) {
                ("CCM_POST", _) => Class::Messages,
                _ => Class::Kind(kind),
            };
            for is_tls in [false, true] {
                let port = port(kind.role(), is_tls);
                assert_eq!(class(method, stem, query, port), expected.name(), "{kind}");
            }
        }
    }

    #[test]
    fn rules_of_the_user_are_used_first() {
        let text =
            "[[rule]]\nkind = \"location\"\npath_suffix = \".SMS_POL\"\nsource = \"assumed\"\n";
        let rules = Rules::with_file("my.toml", text).expect("rules");
        let class = |path: &[u8]| rules.class(&rules.decide(b"GET", path, 80), b"").name();
        assert_eq!(class(b"/SMS_MP/.sms_pol"), "location");
        assert_eq!(class(b"/SMS_MP/.sms_dcm"), "policy_body");
    }

    #[test]
    fn errors_name_the_line_and_the_remedy() {
        let rule = "[[rule]]\nkind = \"location\"\npath = \"/a\"\nsource = \"assumed\"\n";
        let error = |text: &str| Rules::with_file("r", text).expect_err(text).to_string();
        for (text, expected) in [
            (
                format!("{rule}{rule}"),
                "r:5: the rule has the same conditions as the rule in line 1",
            ),
            (rule.replace("path", "pth"), "r:3: unknown field `pth`"),
            (rule.replace("location", "locatoin"), "r:1: `locatoin` is not a kind; the kinds are"),
            (rule.replace("path = \"/a\"", ""), "r:1: the rule has no condition on the path"),
            (rule.replace("path", "path_suffix = \"b\"\npath"), "r:1: the rule has path and"),
            (rule.replace("/a", "a"), "r:1: path and path_prefix start with `/`"),
            (rule.replace("assumed", " "), "r:1: the rule has an empty source"),
            (rule.replace("source", "port = 70000\nsource"), "r:4: "),
            ("x = 1".to_owned(), "r:1: unknown field `x`"),
            ("\n[[[[".to_owned(), "r:2: "),
            ("[".repeat(10_000), "r:1: brackets are nested too deeply"),
            ("#".repeat(50_000), "r:1: the file is larger than 24576 bytes"),
        ] {
            assert!(error(&text).starts_with(expected), "{text}: {}", error(&text));
        }
    }
}
