//! Assigns meters of the API to keys of `[prices]`.

use super::retail::RetailPrice;

/// Key with tiers.
pub(super) const EGRESS: &str = "egress_tiers";

/// VM sizes with a key in `[prices.vm_hour]`.
const SIZES: [&str; 6] = ["A2_v2", "A4_v2", "B2s", "D2ads_v6", "D4ads_v6", "D8ads_v6"];

/// A rule: prices of a product and meter belong to a key.
#[derive(Clone, Copy, Debug)]
struct Rule {
    key: &'static str,
    service: &'static str,
    /// Name of the product; empty if the product does not matter.
    product: &'static str,
    meters: &'static [&'static str],
    unit: &'static str,
}

/// Rules for all keys except the prices of VM sizes and disks. Gateways store content in
/// general-purpose accounts of the hot tier (assumed).
const RULES: [Rule; 8] = [
    Rule {
        key: EGRESS,
        service: "Bandwidth",
        product: "Rtn Preference: MGN",
        meters: &["Standard Data Transfer Out"],
        unit: "GB",
    },
    Rule {
        key: "public_ip_hour",
        service: "Virtual Network",
        product: "",
        meters: &["Standard IPv4 Static Public IP"],
        unit: "Hour",
    },
    Rule {
        key: "load_balancer_hour",
        service: "Load Balancer",
        product: "",
        meters: &["Standard Included LB Rules and Outbound Rules"],
        unit: "Hour",
    },
    Rule {
        key: "load_balancer_rule_hour",
        service: "Load Balancer",
        product: "",
        meters: &["Standard Overage LB Rules and Outbound Rules"],
        unit: "Hour",
    },
    Rule {
        key: "load_balancer_gb",
        service: "Load Balancer",
        product: "",
        meters: &["Standard Data Processed"],
        unit: "GB",
    },
    Rule {
        key: "storage_gb_month",
        service: "Storage",
        product: "General Block Blob v2",
        meters: &["Hot LRS Data Stored"],
        unit: "GB/Month",
    },
    Rule {
        key: "storage_operations_10k",
        service: "Storage",
        product: "General Block Blob v2",
        meters: &["Hot Read Operations", "Hot LRS Read Operations"],
        unit: "10K",
    },
    Rule {
        key: "log_gb",
        service: "Log Analytics",
        product: "",
        meters: &["Analytics Logs Data Ingestion", "Pay-as-you-go Data Ingestion"],
        unit: "GB",
    },
];

/// Returns the key of a price and the unit of this key; `None` if no key has this meter.
pub(super) fn key_of(price: &RetailPrice) -> Option<(String, &'static str)> {
    if price.price_type != "Consumption" {
        return None;
    }
    if price.service_name == "Virtual Machines" {
        let size = price.arm_sku_name.strip_prefix("Standard_")?;
        let size = SIZES.into_iter().find(|own| *own == size)?;
        let is_discounted = ["Spot", "Low Priority"]
            .iter()
            .any(|word| price.meter_name.contains(word) || price.sku_name.contains(word));
        let is_windows = price.product_name.contains("Windows");
        return (is_windows && !is_discounted).then(|| (format!("vm_hour.{size}"), "Hour"));
    }
    let is_disk = price.service_name == "Storage"
        && price.product_name.ends_with("Managed Disks")
        && price.meter_name.ends_with(" LRS Disk");
    if is_disk {
        return Some(("os_disk_month".to_owned(), "Month"));
    }
    let is_rule = |rule: &&Rule| {
        rule.service == price.service_name
            && (rule.product.is_empty() || rule.product == price.product_name)
            && rule.meters.contains(&price.meter_name.as_str())
    };
    RULES.iter().find(is_rule).map(|rule| (rule.key.to_owned(), rule.unit))
}

/// Returns how many units of the key a price covers; `None` if the unit differs. `100 Hours` covers
/// 100 units of `Hour`, `10K` one unit of `10K`, and `1/Month` one unit of `Month`.
pub(super) fn units(unit_of_measure: &str, unit: &str) -> Option<f64> {
    let text = unit_of_measure.trim();
    if text == unit {
        return Some(1.0);
    }
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let rest = rest.trim();
    let rest = if unit == "Month" { rest.strip_prefix('/').unwrap_or(rest).trim() } else { rest };
    let is_unit = rest == unit || rest.strip_suffix('s') == Some(unit);
    number.parse::<f64>().ok().filter(|number| is_unit && *number > 0.0)
}
