//! Reads what the Azure Retail Prices API returns: JSON pages, or a CSV with the same columns.

use serde::Deserialize;

/// Prices of one or more files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetailPrices {
    /// Prices in file order.
    pub items: Vec<RetailPrice>,
    /// Number of pages that name a further page.
    pub pages_with_next: usize,
    /// Number of pages.
    pub pages: usize,
}

/// A price of a meter. The fields have the names of the API.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetailPrice {
    /// Currency, for example `EUR`.
    pub currency_code: String,
    /// Number of units above which the price applies.
    pub tier_minimum_units: f64,
    /// Price without discounts; `None` if the row has no such field.
    pub retail_price: Option<f64>,
    /// Region, for example `westeurope`; empty for prices of all regions.
    pub arm_region_name: String,
    /// First day of the price.
    pub effective_start_date: String,
    /// Identifier of the meter.
    pub meter_id: String,
    /// Name of the meter.
    pub meter_name: String,
    /// Name of the product.
    pub product_name: String,
    /// Name of the variant of the product.
    pub sku_name: String,
    /// Name of the service.
    pub service_name: String,
    /// Unit of the price, for example `1 Hour` or `10K`.
    pub unit_of_measure: String,
    /// Type of the price: `Consumption`, `Reservation` or `DevTestConsumption`.
    #[serde(rename = "type")]
    pub price_type: String,
    /// Name of the VM size, for example `Standard_A2_v2`.
    pub arm_sku_name: String,
}

/// Error when reading a file of the API.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// The file is neither JSON nor CSV of the API.
    #[error(
        "it is neither JSON nor CSV of the Azure Retail Prices API ({0}); save the response of \
         https://prices.azure.com/api/retail/prices to a file"
    )]
    Format(String),
    /// The CSV lacks a column.
    #[error("the column `{0}` is missing; the columns must have the names of the API fields")]
    Column(&'static str),
    /// A cell is not valid.
    #[error("line {line}: `{cell}` is not valid in column `{column}`")]
    Cell {
        /// Line of the file, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Text of the cell.
        cell: String,
    },
    /// A row has no price.
    #[error("item {0} has no `retailPrice`")]
    NoPrice(usize),
}

/// One page of the API.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    items: Vec<RetailPrice>,
    #[serde(default)]
    next_page_link: Option<String>,
}

/// Reads a file: a JSON page, an array of JSON pages, or CSV.
///
/// # Errors
/// Returns the first problem of the file.
pub fn read(text: &str) -> Result<RetailPrices, ReadError> {
    let first = text.trim_start().chars().next();
    let found = match first {
        Some('{') => pages(serde_json::from_str(text).map(|page| vec![page])),
        Some('[') => pages(serde_json::from_str(text)),
        _ => csv(text),
    }?;
    match found.items.iter().position(|one| one.retail_price.is_none_or(|price| price < 0.0)) {
        Some(index) => Err(ReadError::NoPrice(index + 1)),
        None => Ok(found),
    }
}

fn pages(pages: Result<Vec<Page>, serde_json::Error>) -> Result<RetailPrices, ReadError> {
    let pages = pages.map_err(|error| ReadError::Format(error.to_string()))?;
    let has_next = |page: &&Page| page.next_page_link.as_ref().is_some_and(|link| !link.is_empty());
    Ok(RetailPrices {
        pages_with_next: pages.iter().filter(has_next).count(),
        pages: pages.len(),
        items: pages.into_iter().flat_map(|page| page.items).collect(),
    })
}

fn csv(text: &str) -> Result<RetailPrices, ReadError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let format = |error: csv::Error| ReadError::Format(error.to_string());
    let header = reader.headers().map_err(format)?.clone();
    let place = |name: &'static str| {
        header.iter().position(|own| own.eq_ignore_ascii_case(name)).ok_or(ReadError::Column(name))
    };
    if place("meterName").is_err() && place("retailPrice").is_err() {
        return Err(ReadError::Format("the header has no column `meterName`".to_owned()));
    }
    let columns = Columns {
        texts: TEXTS.map(place).into_iter().collect::<Result<_, _>>()?,
        numbers: ["tierMinimumUnits", "retailPrice"].map(|name| (name, place(name))),
    };
    let mut items = Vec::new();
    for record in reader.records() {
        items.push(columns.item(&record.map_err(format)?)?);
    }
    Ok(RetailPrices { items, pages_with_next: 0, pages: 1 })
}

/// Names of the text columns that the import uses.
const TEXTS: [&str; 11] = [
    "currencyCode",
    "armRegionName",
    "effectiveStartDate",
    "meterId",
    "meterName",
    "productName",
    "skuName",
    "serviceName",
    "unitOfMeasure",
    "type",
    "armSkuName",
];

/// Positions of the columns of a CSV file.
struct Columns {
    texts: Vec<usize>,
    numbers: [(&'static str, Result<usize, ReadError>); 2],
}

impl Columns {
    fn item(&self, record: &csv::StringRecord) -> Result<RetailPrice, ReadError> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let text = |index: usize| cell(self.texts[index]).to_owned();
        let number = |index: usize| {
            let (column, place) = &self.numbers[index];
            let place = *place.as_ref().map_err(|_| ReadError::Column(column))?;
            let wrong = || ReadError::Cell {
                line: record.position().map_or(0, csv::Position::line),
                column,
                cell: cell(place).to_owned(),
            };
            let number = cell(place).parse::<f64>().ok();
            number.filter(|number| number.is_finite()).ok_or_else(wrong)
        };
        Ok(RetailPrice {
            currency_code: text(0),
            tier_minimum_units: number(0)?,
            retail_price: Some(number(1)?),
            arm_region_name: text(1),
            effective_start_date: text(2),
            meter_id: text(3),
            meter_name: text(4),
            product_name: text(5),
            sku_name: text(6),
            service_name: text(7),
            unit_of_measure: text(8),
            price_type: text(9),
            arm_sku_name: text(10),
        })
    }
}
