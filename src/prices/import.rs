//! Creates a price book from prices of the API.

use std::collections::{BTreeMap, BTreeSet};

use super::meters::{EGRESS, key_of, units};
use super::retail::RetailPrice;

/// Hours of a month in Azure's price calculator.
const HOURS_PER_MONTH: u32 = 730;

/// Order of the keys in a price book.
const ORDER: [&str; 10] = [
    "vm_hour",
    "os_disk_month",
    EGRESS,
    "load_balancer_hour",
    "load_balancer_rule_hour",
    "load_balancer_gb",
    "public_ip_hour",
    "storage_gb_month",
    "storage_operations_10k",
    "log_gb",
];

/// What to import.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Region; `None` if the prices have only one.
    pub region: Option<String>,
    /// Identifier of the meter to use, by key.
    pub meters: BTreeMap<String, String>,
    /// Source for the price book.
    pub source: String,
}

/// A price book made from prices of the API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// Currency of the prices.
    pub currency: String,
    /// Region of the prices.
    pub region: String,
    /// Latest first day of a price.
    pub date: String,
    /// Source of the prices.
    pub source: String,
    /// Prices in the order of the price book.
    pub prices: Vec<Imported>,
    /// Keys without a price in the files.
    pub missing: Vec<String>,
    /// Meters that no key uses, with the number of their prices.
    pub unused: BTreeMap<String, usize>,
    /// Number of reservation prices, which no key uses.
    pub reservations: usize,
}

/// A price that was imported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// Key below `[prices]`, for example `vm_hour.A2_v2`.
    pub key: String,
    /// Tiers: limit and price per unit of the key. A key without tiers has one.
    pub tiers: Vec<(f64, f64)>,
    /// Product and meter.
    pub meter: String,
    /// Identifier of the meter.
    pub meter_id: String,
    /// First day of the price.
    pub effective: String,
}

/// Reason why prices cannot be imported.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// There are prices of several regions, or none of the requested region.
    #[error("{what}: choose one with --region: {}", .regions.join(", "))]
    Region {
        /// What is wrong.
        what: String,
        /// Regions of the prices.
        regions: Vec<String>,
    },
    /// There are prices in several currencies.
    #[error(
        "the prices have several currencies ({0}); request one currency from the API \
         (currencyCode='EUR')"
    )]
    Currency(String),
    /// No price belongs to a key.
    #[error(
        "no price belongs to a key of [prices]; request the services Virtual Machines, Bandwidth, \
         Load Balancer, Virtual Network and Storage from the API"
    )]
    Nothing,
    /// Several meters, or several prices of a meter, belong to one key.
    #[error(
        "`{key}` is ambiguous:\n{}\nchoose a meter with --meter {key}=METER_ID, or remove the \
         other prices from the file",
        .candidates.join("\n")
    )]
    Ambiguous {
        /// The key.
        key: String,
        /// One line per candidate.
        candidates: Vec<String>,
    },
    /// A meter that was chosen is not among the prices of the key.
    #[error("--meter {key}={meter}: no price of `{key}` has this meterId; found: {}", .found.join(", "))]
    Meter {
        /// The key.
        key: String,
        /// The chosen meter.
        meter: String,
        /// Meters of the key.
        found: Vec<String>,
    },
    /// A price has another unit than the key.
    #[error("the unit `{unit}` of {meter} does not fit `{key}`; expected {expected}")]
    Unit {
        /// The key.
        key: String,
        /// Product and meter.
        meter: String,
        /// Unit of the price.
        unit: String,
        /// Unit of the key.
        expected: &'static str,
    },
}

/// Creates a price book.
///
/// # Errors
/// Returns the first reason why the prices cannot be imported; nothing is guessed.
pub fn import(prices: &[RetailPrice], request: &Request) -> Result<Import, ImportError> {
    let region = region(prices, request.region.as_deref())?;
    let is_of_region = |price: &&RetailPrice| {
        let own = &price.arm_region_name;
        *own == region || is_global(own)
    };
    let prices: Vec<&RetailPrice> = prices.iter().filter(is_of_region).collect();
    let mut by_key: BTreeMap<String, (&'static str, Vec<&RetailPrice>)> = BTreeMap::new();
    let (mut unused, mut reservations) = (BTreeMap::new(), 0);
    for price in &prices {
        match key_of(price) {
            Some((key, unit)) => by_key.entry(key).or_insert((unit, Vec::new())).1.push(price),
            None if price.price_type == "Reservation" => reservations += 1,
            None => *unused.entry(name(price)).or_insert(0) += 1,
        }
    }
    if by_key.is_empty() {
        return Err(ImportError::Nothing);
    }
    let used = by_key.values().flat_map(|(_, prices)| prices);
    let currencies: BTreeSet<&str> = used.map(|one| one.currency_code.as_str()).collect();
    let currency = match currencies.iter().collect::<Vec<_>>()[..] {
        [one] => (*one).to_owned(),
        _ => {
            let all: Vec<&str> = currencies.into_iter().collect();
            return Err(ImportError::Currency(all.join(", ")));
        }
    };
    let mut imported = Vec::new();
    for key in order(&by_key) {
        let Some((unit, candidates)) = by_key.get(&key) else { continue };
        let chosen = request.meters.get(&key).map(String::as_str);
        imported.push(one(&key, unit, candidates, chosen)?);
    }
    let has = |key: &str| imported.iter().any(|one| one.key.split('.').next() == Some(key));
    let missing = ORDER.into_iter().filter(|key| !has(key)).map(str::to_owned).collect();
    Ok(Import {
        currency,
        region,
        date: imported.iter().map(|one| one.effective.clone()).max().unwrap_or_default(),
        source: request.source.clone(),
        missing,
        prices: imported,
        unused,
        reservations,
    })
}

/// Returns whether a price applies to all regions. The API has no region, or `Global`, for them.
fn is_global(region: &str) -> bool {
    region.is_empty() || region.eq_ignore_ascii_case("global")
}

/// Returns the region to import.
fn region(prices: &[RetailPrice], wanted: Option<&str>) -> Result<String, ImportError> {
    let all = prices.iter().map(|one| one.arm_region_name.as_str());
    let all: BTreeSet<&str> = all.filter(|own| !is_global(own)).collect();
    let refused = |what: String| {
        let regions = all.iter().map(|one| (*one).to_owned()).collect();
        Err(ImportError::Region { what, regions })
    };
    match (wanted, all.len()) {
        (Some(wanted), _) if all.contains(wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _) => refused(format!("the prices contain no region `{wanted}`")),
        (None, 1) => Ok(all.first().copied().unwrap_or_default().to_owned()),
        (None, 0) => Ok("global".to_owned()),
        (None, several) => refused(format!("the prices are of {several} regions")),
    }
}

/// Returns the keys in the order of the price book.
fn order<T>(by_key: &BTreeMap<String, T>) -> Vec<String> {
    let rank = |key: &str| {
        let first = key.split('.').next().unwrap_or(key);
        ORDER.iter().position(|own| *own == first).unwrap_or(ORDER.len())
    };
    let mut keys: Vec<String> = by_key.keys().cloned().collect();
    keys.sort_by_key(|key| (rank(key), key.clone()));
    keys
}

/// Determines the price of a key from the prices that belong to it.
fn one(
    key: &str,
    unit: &'static str,
    candidates: &[&RetailPrice],
    chosen: Option<&str>,
) -> Result<Imported, ImportError> {
    let meters: BTreeSet<&str> = candidates.iter().map(|one| one.meter_id.as_str()).collect();
    if let Some(meter) = chosen.filter(|meter| !meters.contains(meter)) {
        let found = meters.iter().map(|one| (*one).to_owned()).collect();
        return Err(ImportError::Meter { key: key.to_owned(), meter: meter.to_owned(), found });
    }
    let is_chosen = |one: &&&RetailPrice| chosen.is_none_or(|meter| meter == one.meter_id);
    let own: Vec<&RetailPrice> = candidates.iter().filter(is_chosen).copied().collect();
    let mut tiers: Vec<(f64, f64)> = Vec::new();
    for price in &own {
        let Some(count) = units(&price.unit_of_measure, unit) else {
            return Err(ImportError::Unit {
                key: key.to_owned(),
                meter: name(price),
                unit: price.unit_of_measure.clone(),
                expected: unit,
            });
        };
        let tier = (price.tier_minimum_units, price.retail_price.unwrap_or(0.0) / count);
        if !tiers.contains(&tier) {
            tiers.push(tier);
        }
    }
    tiers.sort_by(|one, other| one.0.total_cmp(&other.0));
    let has_several_prices = tiers.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let meters: BTreeSet<&str> = own.iter().map(|one| one.meter_id.as_str()).collect();
    if meters.len() > 1 || has_several_prices {
        let line = |one: &&RetailPrice| {
            let price = one.retail_price.unwrap_or(0.0);
            let RetailPrice { meter_id, tier_minimum_units, unit_of_measure, .. } = one;
            format!(
                "  {meter_id}  {}: {price} per {unit_of_measure} above {tier_minimum_units}",
                name(one)
            )
        };
        let candidates = own.iter().map(line).collect();
        return Err(ImportError::Ambiguous { key: key.to_owned(), candidates });
    }
    // A key without tiers uses the first price above zero.
    if key != EGRESS {
        let charged = tiers.iter().find(|(_, price)| *price > 0.0).or(tiers.first());
        tiers = charged.copied().into_iter().collect();
    }
    let first = own.first();
    let day = |one: &&RetailPrice| one.effective_start_date.chars().take(10).collect::<String>();
    Ok(Imported {
        key: key.to_owned(),
        tiers,
        meter: first.map(|one| name(one)).unwrap_or_default(),
        meter_id: first.map(|one| one.meter_id.clone()).unwrap_or_default(),
        effective: own.iter().map(day).max().unwrap_or_default(),
    })
}

/// Returns product and meter.
fn name(price: &RetailPrice) -> String {
    format!("{}, {}", price.product_name, price.meter_name)
}

impl Import {
    /// Returns the price book.
    pub fn to_toml(&self) -> String {
        let text = |text: &str| toml::Value::from(text).to_string();
        let mut book = format!(
            "# Price book of cmgsim: list prices without taxes. Check that they are the prices of \
             your contract.\n\
             currency = {}\nregion = {}\ndate = {}\nsource = {}\n\
             hours_per_month = {HOURS_PER_MONTH}  # or \"calendar\"\n",
            text(&self.currency),
            text(&self.region),
            text(&self.date),
            text(&self.source),
        );
        for one in &self.prices {
            // A name may contain characters that are invalid in a comment.
            let meter: String = one.meter.chars().filter(|letter| !letter.is_control()).collect();
            book.push_str(&format!(
                "\n# {meter}; meter {}, since {}\n",
                one.meter_id.replace(char::is_control, ""),
                one.effective
            ));
            let tier = |(above, price): &(f64, f64)| {
                format!("    {{ above_gb = {above}, price = {price} }},\n")
            };
            match &one.tiers[..] {
                [(_, price)] if one.key != EGRESS => {
                    book.push_str(&format!("{} = {price}\n", one.key));
                }
                tiers => {
                    let tiers: String = tiers.iter().map(tier).collect();
                    book.push_str(&format!("{} = [\n{tiers}]\n", one.key));
                }
            }
        }
        book
    }
}
