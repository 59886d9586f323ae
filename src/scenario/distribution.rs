//! Reads distributions of random durations from a scenario.

use crate::terms::{PerKind, RequestKind};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{SimDuration, SimTime};
use crate::engine::{Distribution, DistributionError};

use super::diagnose::{code, listed, nearest};
use super::layers::OPTIONS;
use super::read::{Found, InputFile, Reader};
use super::tree::{Node, Value};
use super::{limits, recorded, units};

/// Names of distributions with their sets of parameters; a scenario uses exactly one set.
pub(super) const DISTRIBUTIONS: [(&str, &[&[&str]]); 10] = [
    ("constant", &[&["value"]]),
    ("exponential", &[&["mean"]]),
    ("uniform", &[&["low", "high"]]),
    ("triangular", &[&["low", "mode", "high"]]),
    ("lognormal", &[&["mean", "cv"], &["median", "p95"], &["mean", "p95"]]),
    ("normal", &[&["mean", "sd"]]),
    ("gamma", &[&["mean", "cv"]]),
    ("weibull", &[&["mean", "shape"]]),
    ("hyperexponential", &[&["mean", "cv"]]),
    ("empirical", &[&["values"], &["quantiles"], &["file"]]),
];

/// Parses recorded values from the bytes of a file; the error is a sentence.
type ReadRecorded<T> = fn(&[u8]) -> Result<Arc<[T]>, String>;

impl Reader<'_> {
    /// Reads a distribution: a duration or a table.
    pub fn distribution(&mut self, found: &Found) -> Option<Distribution> {
        if !matches!(found.node.value, Value::Table(_)) {
            return self.duration(found).map(Distribution::constant);
        }
        let distribution = self.distribution_table(found)?;
        let minimum = found.parameter.min.as_ref().and_then(toml::Value::as_str);
        let minimum = minimum.and_then(|text| units::duration(text).ok());
        if minimum.is_some_and(|minimum| distribution.mean() < minimum.as_seconds()) {
            let message = format!("the mean of `{}` is too short", found.path);
            let minimum = found.parameter.min.as_ref().map_or(String::new(), ToString::to_string);
            let label = format!("the mean must be at least {minimum}");
            self.complain(code::OUT_OF_RANGE, found, message, label);
            return None;
        }
        Some(distribution)
    }

    /// Reads a distribution, or the word that is allowed instead (inner `None`).
    pub fn distribution_or(&mut self, found: &Found) -> Option<Option<Distribution>> {
        if self.is_or(found) { Some(None) } else { self.distribution(found).map(Some) }
    }

    /// Reads a distribution for every kind of request.
    pub fn distribution_by_kind(&mut self, found: &Found) -> Option<PerKind<Distribution>> {
        let is_table = matches!(found.node.value, Value::Table(_));
        if !is_table || found.node.get("dist").is_some() {
            let distribution = self.distribution(found)?;
            return Some(PerKind::from_fn(|_| distribution.clone()));
        }
        let names: Vec<&str> =
            RequestKind::ALL.iter().map(|kind| kind.name()).chain(["default"]).collect();
        for entry in found.node.entries() {
            if !names.contains(&entry.key.as_str()) {
                let label = suggestion(&entry.key, &names, "a kind of request or `default`");
                let node = Node { origin: entry.origin.clone(), ..entry.node.clone() };
                let message = format!("`{}` is not a kind of request", entry.key);
                self.complain(code::UNKNOWN_KEY, &Found { node, ..found.clone() }, message, label);
            }
        }
        // Kinds that the table omits keep their default.
        let row = found.parameter.value.as_ref().map(Node::from_default);
        let at = |name: &str| {
            let of_row = || row.as_ref().and_then(|row| row.get(name)).cloned();
            found.node.get(name).cloned().or_else(of_row)
        };
        let default = at("default");
        let mut is_whole = true;
        let laws = PerKind::from_fn(|kind| {
            let written = found.node.get(kind.name()).cloned();
            let node = written.or_else(|| match found.node.get("default") {
                Some(default) => Some(default.clone()),
                None => at(kind.name()).or_else(|| default.clone()),
            });
            let path = format!("{}.{}", found.path, kind.name());
            let distribution =
                node.and_then(|node| self.distribution(&Found { node, path, ..found.clone() }));
            is_whole &= distribution.is_some();
            distribution.unwrap_or_else(|| Distribution::constant(SimDuration::ZERO))
        });
        is_whole.then_some(laws)
    }

    fn distribution_table(&mut self, found: &Found) -> Option<Distribution> {
        let dist = self.dist(found)?;
        let (_, sets) = DISTRIBUTIONS.iter().find(|(name, _)| *name == dist)?;
        let allowed: Vec<&str> = sets.iter().flat_map(|set| set.iter().copied()).collect();
        let mut is_right = true;
        for entry in found.node.entries() {
            if entry.key != "dist" && !allowed.contains(&entry.key.as_str()) {
                let label = suggestion(&entry.key, &allowed, "a parameter of this distribution");
                let node = Node { origin: entry.origin.clone(), ..entry.node.clone() };
                let message = format!("distribution \"{dist}\" has no parameter `{}`", entry.key);
                self.complain(code::UNKNOWN_KEY, &Found { node, ..found.clone() }, message, label);
                is_right = false;
            }
        }
        let given: Vec<&str> =
            found.node.entries().iter().map(|entry| entry.key.as_str()).collect();
        let set = sets.iter().find(|set| {
            set.len() + 1 == given.len() && set.iter().all(|name| given.contains(name))
        });
        let Some(set) = set.filter(|_| is_right) else {
            if is_right {
                let sets: Vec<String> = sets.iter().map(|set| set.join(", ")).collect();
                let message = format!("distribution \"{dist}\" needs other parameters");
                self.complain(
                    code::BAD_DISTRIBUTION,
                    found,
                    message,
                    format!("set {}", sets.join(" or ")),
                );
            }
            return None;
        };
        self.make_distribution(found, &dist, set)
    }

    fn dist(&mut self, found: &Found) -> Option<String> {
        let Some(node) = found.node.get("dist") else {
            let message = format!("`{}` has no `dist`", found.path);
            self.complain(
                code::BAD_DISTRIBUTION,
                found,
                message,
                "expected a table such as { dist = \"exponential\", mean = \"8ms\" }",
            );
            return None;
        };
        let at = Found { node: node.clone(), ..found.clone() };
        let name = self.text(&at)?;
        if DISTRIBUTIONS.iter().any(|(known, _)| *known == name) {
            return Some(name);
        }
        let names: Vec<&str> = DISTRIBUTIONS.iter().map(|(name, _)| *name).collect();
        let label = suggestion(&name, &names, "a distribution");
        let message = format!("unknown distribution \"{name}\" in `{}`", found.path);
        self.complain(code::BAD_DISTRIBUTION, &at, message, label);
        None
    }

    fn make_distribution(
        &mut self,
        found: &Found,
        dist: &str,
        set: &[&str],
    ) -> Option<Distribution> {
        let part = |name: &str| Found {
            node: found.node.get(name).cloned().unwrap_or_else(Node::empty),
            path: format!("{}.{name}", found.path),
            ..found.clone()
        };
        let mut time = |name: &str| self.parameter_duration(&part(name));
        let distribution = match (dist, set) {
            ("constant", _) => Ok(Distribution::constant(time("value")?)),
            ("exponential", _) => Distribution::exponential(time("mean")?),
            ("uniform", _) => {
                let (low, high) = (time("low"), time("high"));
                Distribution::uniform(low?, high?)
            }
            ("triangular", _) => {
                let (low, mode, high) = (time("low"), time("mode"), time("high"));
                Distribution::triangular(low?, mode?, high?)
            }
            ("lognormal", ["median", _]) => {
                let (median, p95) = (time("median"), time("p95"));
                Distribution::lognormal_median_p95(median?, p95?)
            }
            ("lognormal", [_, "p95"]) => {
                let (mean, p95) = (time("mean"), time("p95"));
                Distribution::lognormal_mean_p95(mean?, p95?)
            }
            ("normal", _) => {
                let (mean, sd) = (time("mean"), time("sd"));
                Distribution::normal(mean?, sd?)
            }
            ("empirical", ["values"]) => Distribution::empirical(self.durations(&part("values"))?),
            ("empirical", ["file"]) => {
                Distribution::recorded(self.recorded(&part("file"), recorded::durations)?)
            }
            ("empirical", _) => Distribution::quantiles(self.quantile_points(&part("quantiles"))?),
            _ => {
                let mean = time("mean")?;
                let number = self.plain_number(&part(set[1]))?;
                match dist {
                    "lognormal" => Distribution::lognormal_mean_cv(mean, number),
                    "gamma" => Distribution::gamma(mean, number),
                    "weibull" => Distribution::weibull(mean, number),
                    _ => Distribution::hyperexponential(mean, number),
                }
            }
        };
        match distribution {
            Ok(distribution) => Some(distribution),
            Err(error) => {
                self.refuse_distribution(found, dist, error);
                None
            }
        }
    }

    /// Reports an invalid parameter as the user wrote it.
    fn refuse_distribution(&mut self, found: &Found, dist: &str, error: DistributionError) {
        let (parameter, index) = match error {
            DistributionError::Parameter { parameter, .. } => (parameter, None),
            DistributionError::List { parameter, index, .. } => (parameter, index),
        };
        let written = found.node.get(parameter);
        let item = written.zip(index).and_then(|(list, index)| match &list.value {
            Value::Array(items) => items.get(index),
            _ => None,
        });
        let (message, label) = match error {
            DistributionError::Parameter { value, expected, .. } => {
                let value = written.map_or_else(|| value.to_string(), Node::to_toml);
                let name = format!("`{parameter}` of distribution \"{dist}\"");
                (format!("invalid value {value} for {name}"), format!("must be {expected}"))
            }
            DistributionError::List { problem, expected, .. } => {
                let path = format!("{}.{parameter}", found.path);
                (format!("invalid `{path}`: {problem}"), format!("expected {expected}"))
            }
        };
        let node = item.or(written).unwrap_or(&found.node).clone();
        self.complain(code::BAD_DISTRIBUTION, &Found { node, ..found.clone() }, message, label);
    }

    /// Reads a duration without the limits of the catalogue row, which apply to the mean.
    fn parameter_duration(&mut self, found: &Found) -> Option<SimDuration> {
        match &found.node.value {
            Value::Text(text) => match units::duration(text) {
                Ok(duration) => Some(duration),
                Err(expected) => {
                    let message =
                        format!("invalid value {} for `{}`", found.node.to_toml(), found.path);
                    self.complain(code::BAD_UNIT, found, message, expected);
                    None
                }
            },
            _ => {
                let message = format!("`{}` is {}, not a duration", found.path, found.node.kind());
                let label = "expected a number and a unit in quotes, such as \"8ms\"";
                self.complain(code::BAD_UNIT, found, message, label);
                None
            }
        }
    }

    fn plain_number(&mut self, found: &Found) -> Option<f64> {
        match found.node.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => {
                let message = format!("`{}` is {}, not a number", found.path, found.node.kind());
                self.complain(code::WRONG_KIND, found, message, "expected a number");
                None
            }
        }
    }

    fn durations(&mut self, found: &Found) -> Option<Vec<SimDuration>> {
        let Value::Array(items) = &found.node.value else {
            let label = "expected an array such as [\"8ms\", \"12ms\"]";
            self.complain(code::BAD_DISTRIBUTION, found, "`values` is not an array", label);
            return None;
        };
        let read = |node: &Node| Found { node: node.clone(), ..found.clone() };
        items.iter().map(|node| self.parameter_duration(&read(node))).collect()
    }

    fn quantile_points(&mut self, found: &Found) -> Option<Vec<(f64, SimDuration)>> {
        let pair = |node: &Node| match &node.value {
            Value::Array(items) => match items.as_slice() {
                [p, time] => Some((p.clone(), time.clone())),
                _ => None,
            },
            _ => None,
        };
        let pairs = match &found.node.value {
            Value::Array(items) => items.iter().map(pair).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let Some(pairs) = pairs else {
            let label = "expected pairs such as [[0.0, \"1ms\"], [0.5, \"8ms\"], [1.0, \"1s\"]]";
            self.complain(
                code::BAD_DISTRIBUTION,
                found,
                "`quantiles` is not an array of pairs",
                label,
            );
            return None;
        };
        let read = |node: Node| Found { node, ..found.clone() };
        let mut points = Vec::new();
        for (probability, time) in pairs {
            let probability = self.plain_number(&read(probability));
            let time = self.parameter_duration(&read(time));
            points.push((probability?, time?));
        }
        Some(points)
    }

    /// Reads times from a CSV file with one column of seconds.
    pub fn recorded_times(&mut self, found: &Found) -> Option<Arc<[SimTime]>> {
        self.recorded(found, recorded::times)
    }

    fn recorded<T>(&mut self, found: &Found, parse: ReadRecorded<T>) -> Option<Arc<[T]>> {
        let name = self.text(found)?;
        let read = self.read_file(found, &name).and_then(|(path, bytes)| {
            let values = parse(&bytes)?;
            Ok((path, bytes, values))
        });
        match read {
            Ok((path, bytes, values)) => {
                if self.files.iter().all(|file| file.path != path) {
                    self.recorded_bytes += (bytes.len() + size_of_val(&*values)) as u64;
                }
                self.files.push(InputFile { name, path, bytes });
                Some(values)
            }
            Err(complaint) => {
                self.complain(
                    code::UNREADABLE,
                    found,
                    format!("cannot use the file {name}"),
                    complaint,
                );
                None
            }
        }
    }

    /// Reads a file in the folder of the scenario that names it. A file named by `--set` is
    /// relative to the folder of the requested scenario.
    fn read_file(&self, found: &Found, name: &str) -> Result<(PathBuf, Arc<[u8]>), String> {
        let relative = Path::new(name);
        let is_inside = relative.components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !is_inside {
            return Err("expected a file in the scenario's folder or below it".to_owned());
        }
        let of_value = found.span().map(|span| self.sources.name(span.source));
        let scenario =
            of_value.filter(|name| !OPTIONS.contains(name)).or(self.sources.first_name());
        let folder = scenario.and_then(|name| Path::new(name).parent());
        let path = folder.unwrap_or(Path::new("")).join(relative);
        if let Some(known) = self.files.iter().find(|file| file.path == path) {
            return Ok((path, Arc::clone(&known.bytes)));
        }
        let about = path.metadata().map_err(|error| error.to_string())?;
        if !about.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        if about.len() > limits::INPUT_BYTES_MAX {
            return Err(format!("it exceeds the limit of {} MiB", limits::INPUT_BYTES_MAX >> 20));
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
        let read = file.take(limits::INPUT_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| error.to_string())?;
        let all = self.files.iter().map(|file| file.bytes.len() as u64).sum::<u64>();
        if all + bytes.len() as u64 > limits::INPUTS_BYTES_MAX {
            let maximum = limits::INPUTS_BYTES_MAX >> 20;
            return Err(format!(
                "the files of the scenario exceed the limit of {maximum} MiB in total"
            ));
        }
        Ok((path, bytes.into()))
    }
}

fn suggestion(name: &str, names: &[&str], what: &str) -> String {
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected {what}: {}", listed(names.iter().copied())),
    }
}
