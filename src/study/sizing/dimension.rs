//! Dimensions of a sizing: the values that can be chosen, and their prices.

use crate::base::ids::GatewayId;
use crate::experiment::estimate::{PORTS_LEVEL, estimate};
use crate::model::config::Gateway;
use crate::scenario::{Scenario, Severity, is_of_section};
use crate::study::Error;
use crate::study::sweep::factor::Factor;

/// Maximum number of values of one dimension.
const VALUES_MAX: u64 = 10_000;

/// Maximum number of dynamic ports, from 1025 to 65535.
const PORTS_MAX: u32 = 64_511;

/// Dimension of a sizing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dimension {
    /// Path in the scenario.
    pub path: String,
    /// Values as in TOML, from the weakest to the strongest.
    pub values: Vec<String>,
}

impl Dimension {
    /// Parses `path=a..b`, `path=a..b:step` or `path=x,y,z`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::Option { option: "find", text: text.to_owned(), why };
        let factor = Factor::parse(text).map_err(|error| wrong(error.to_string()))?;
        let Some(count) = factor.count().filter(|count| *count <= VALUES_MAX) else {
            return Err(wrong(format!(
                "expected whole numbers or a list, at most {VALUES_MAX} values"
            )));
        };
        let values = (0..count).map(|index| factor.value(index)).collect();
        Ok(Dimension { path: factor.path, values })
    }

    fn numbered(path: String, values: std::ops::RangeInclusive<u32>) -> Self {
        Dimension { path, values: values.map(|value| value.to_string()).collect() }
    }
}

/// Returns the default dimensions: size, instances and number of gateways, number of servers, and
/// number of ports if ports limit the system.
pub(super) fn default_dimensions(base: &Scenario) -> Vec<Dimension> {
    const SIZES: [&str; 2] = ["A2_v2", "A4_v2"];
    let mut dimensions = Vec::new();
    for name in sections(base, "gateway") {
        let mut own = gateways_of(base, name).map(|(_, gateway)| gateway);
        if own.all(|gateway| SIZES.contains(&gateway.size.as_str())) {
            let path = format!("gateway.{name}.size");
            let values = SIZES.map(str::to_owned).to_vec();
            dimensions.push(Dimension { path, values });
        }
        let path = format!("gateway.{name}.instances");
        dimensions.push(Dimension::numbered(path, 1..=16));
    }
    for (kind, maximum) in [
        ("gateway", 3),
        ("connection_point", 8),
        ("management_point", 15),
        ("software_update_point", 8),
    ] {
        for name in sections(base, kind) {
            let path = format!("{kind}.{name}.count");
            dimensions.push(Dimension::numbered(path, 1..=maximum));
        }
    }
    dimensions.extend(port_ranges(base));
    dimensions
}

/// Returns the names of the sections of a kind of component.
pub(super) fn sections<'a>(base: &'a Scenario, kind: &'a str) -> impl Iterator<Item = &'a str> {
    let own = move |section: &'a str| section.strip_prefix(kind)?.strip_prefix('.');
    base.resolved.sections().filter_map(own).filter(|name| !name.contains('.'))
}

/// Returns the gateways of a section. Gateways of another section are excluded even if that section
/// has the name of a numbered gateway, such as `main-1`.
pub(super) fn gateways_of<'a>(
    base: &'a Scenario,
    section: &'a str,
) -> impl Iterator<Item = (GatewayId, &'a Gateway)> {
    base.config.gateways.entries().filter(move |(_, one)| {
        let is_other = one.name != section && sections(base, "gateway").any(|own| own == one.name);
        is_of_section(&one.name, section) && !is_other
    })
}

/// Returns the reason why a scenario does not allow the strongest value of a dimension. For
/// example, a reference to `cp` is invalid if `cp` has a `count` of two, because the names are then
/// `cp-1` and `cp-2`.
pub(super) fn obstacle(base: &Scenario, dimension: &Dimension) -> Option<String> {
    let value = dimension.values.last()?;
    let problems = base.varied(&[format!("{}={value}", dimension.path)]).err()?;
    let error = problems.list.iter().find(|problem| problem.severity == Severity::Error);
    error.map(|problem| problem.message.clone())
}

/// Returns the number of dynamic ports as a dimension for each section whose ports would be a
/// bottleneck with a single connection point. The values are the configured and the maximum number
/// of ports.
fn port_ranges(base: &Scenario) -> Vec<Dimension> {
    let levels = estimate(&base.config).levels;
    let range = |name: &str| {
        let own = |component: &str| is_of_section(component, name);
        let points = base.config.connection_points.iter().filter(|point| own(&point.name));
        let ports = points.map(|point| point.ports).min()?;
        let ports_of =
            levels.iter().filter(|level| level.what == PORTS_LEVEL && own(&level.component));
        let all: f64 = ports_of.map(|level| level.expected).sum();
        let values = [ports, PORTS_MAX].map(|ports| ports.to_string()).to_vec();
        let binds = all > f64::from(ports) && ports < PORTS_MAX;
        binds.then(|| Dimension { path: format!("connection_point.{name}.ports"), values })
    };
    sections(base, "connection_point").filter_map(range).collect()
}

/// Parses prices of chosen components from `path=price`.
pub(super) fn prices(
    texts: &[String],
    dimensions: &[Dimension],
) -> Result<Vec<(String, f64)>, Error> {
    let is_chosen = |path: &str| dimensions.iter().any(|one| one.path == path.trim());
    let price = |text: &String| {
        let (path, price) = text.split_once('=')?;
        let price: f64 = price.trim().parse().ok()?;
        let is_right = is_chosen(path) && price.is_finite() && price >= 0.0;
        is_right.then(|| (path.trim().to_owned(), price))
    };
    let wrong = |text: &String| Error::Option {
        option: "price",
        text: text.clone(),
        why: format!(
            "expected path=price with a path that the search varies ({}), for example \
             connection_point.cp.count=120",
            dimensions.iter().map(|one| one.path.as_str()).collect::<Vec<_>>().join(", ")
        ),
    };
    texts.iter().map(|text| price(text).ok_or_else(|| wrong(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    #[test]
    fn only_chosen_components_can_have_a_price() {
        let chosen = [Dimension::numbered("a.b".to_owned(), 1..=3)];
        let prices = |text: &str| prices(&[text.to_owned()], &chosen).ok();
        assert_eq!(prices("a.b=2.5"), Some(vec![("a.b".to_owned(), 2.5)]));
        for wrong in ["a.c=2", "a.b=-1", "a.b=inf", "a.b", "a.b=x"] {
            assert_eq!(prices(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn port_ranges_are_chosen_where_they_would_be_the_bottleneck() {
        let ranges = |clients: &str| {
            let origin = ScenarioOrigin::Preset("quickstart".to_owned());
            let overrides = vec![format!("cohort.kiosks.clients={clients}")];
            let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
            let found = port_ranges(&scenario);
            found.into_iter().map(|one| format!("{}={}", one.path, one.values.join(","))).collect()
        };
        let none: Vec<String> = ranges("1500");
        assert!(none.is_empty(), "one connection point has enough ports: {none:?}");
        let some: Vec<String> = ranges("15000");
        assert_eq!(some, ["connection_point.cp.ports=16384,64511"]);
    }

    #[test]
    fn a_section_named_like_a_copy_of_another_section_is_a_separate_gateway() {
        let text = "schema = 1\n[gateway.g]\n[gateway.g-2]\n[gateway.h]\ncount = 2\n\
            [connection_point.a]\ngateway = \"g\"\n[connection_point.b]\ngateway = \"g-2\"\n\
            [connection_point.c]\ngateway = \"h\"\n[management_point.mp]\n\
            [cohort.c]\nclients = 5\n";
        let origin = ScenarioOrigin::Text { name: "t".to_owned(), text: text.to_owned() };
        let scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("it loads");
        let names = |section: &str| -> Vec<String> {
            gateways_of(&scenario, section).map(|(_, one)| one.name.clone()).collect()
        };
        assert_eq!(names("g"), ["g"]);
        assert_eq!(names("g-2"), ["g-2"]);
        assert_eq!(names("h"), ["h-1", "h-2"]);
    }

    #[test]
    fn values_are_ranges_or_lists() {
        let values = |text: &str| Dimension::parse(text).map(|one| one.values.join(" ")).ok();
        assert_eq!(values("a.b=2..5").as_deref(), Some("2 3 4 5"));
        assert_eq!(values("a.b=2..9:3").as_deref(), Some("2 5 8"));
        assert_eq!(values("a.b=A2_v2, A4_v2").as_deref(), Some("A2_v2 A4_v2"));
        for wrong in ["a.b", "a.b=", "a.b=5..2", "a.b=1..9:0", "a.b=1..x", "a.b=1,,2"] {
            assert!(values(wrong).is_none(), "{wrong}");
        }
    }
}
