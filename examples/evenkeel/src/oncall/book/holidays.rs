//! The file of the holidays: calendars of named days.

use oncall_core::{HolidayCalendar, Holidays};
use timeline_core::{Tz, parse_zone};

use super::moment::date;
use crate::book::document::{Document, Table};

/// Reads `[[calendars]]`; those without a zone are of `usual`.
pub(super) fn read(root: &mut Table<'_, '_>, usual: Tz, document: &mut Document) -> Option<Holidays> {
    let calendars = root.need("calendars", document)?;
    let place = calendars.place();
    let mut read = Vec::new();
    for item in calendars.items(document) {
        let Some(mut table) = item.table(document) else { continue };
        let name = table.need("name", document).and_then(|item| item.text(document));
        let zone = match table.take("zone") {
            Some(item) => item.text(document).and_then(|name| item.check(parse_zone(&name), document)),
            None => Some(usual),
        };
        let sites = table.take("sites").map(|item| item.texts(document)).unwrap_or_default();
        let days = table.need("days", document).map(|item| item.items(document)).unwrap_or_default();
        let mut dates = Vec::new();
        for day in &days {
            let Some(mut table) = day.table(document) else { continue };
            let name = table.need("name", document).and_then(|item| item.text(document));
            let date = table.need("date", document).and_then(|item| date(&item, document));
            table.finish(document);
            dates.extend(date.zip(name));
        }
        table.finish(document);
        let (Some(name), Some(zone)) = (name, zone) else { continue };
        let calendar = HolidayCalendar::new(&name, zone, dates)
            .and_then(|calendar| sites.iter().try_fold(calendar, |calendar, site| calendar.for_site(site)));
        read.extend(item.check(calendar, document));
    }
    Holidays::new(read).map_err(|error| document.fault(&place.0, place.1, error)).ok()
}
