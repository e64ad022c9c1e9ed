//! The file of the rota: how what is to be served is cut into duties, for which time, by which rules.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, NaiveTime};
use oncall_core::burden::Points;
use oncall_core::load::{Limits, PayRules};
use oncall_core::plan::DutyShape;
use oncall_core::rules::RuleSet;
use oncall_core::{Hours, Requirements, Role};
use timeline_core::{AnchoredPeriod, CalendarStep, Span, Tz, WeeklyWindow, parse_zone};

use super::moment::{Moment, moment, stretch};
use super::rules;
use super::weighing::{self, Weighing};
use crate::book::document::{Document, Item, Table};
use crate::oncall::words::instant;

/// What is to be served.
#[derive(Debug)]
pub(super) struct Rota {
    pub(super) zone: Tz,
    pub(super) shapes: Vec<DutyShape>,
    /// What is planned.
    pub(super) period: Span,
    pub(super) weighing: Weighing,
    pub(super) rules: RuleSet,
    pub(super) resolution: Option<Points>,
    pub(super) limits: Limits,
    pub(super) pay: Option<PayRules>,
}

/// Reads `zone`, `[period]` and `[[duties]]`.
pub(super) fn read(root: &mut Table<'_, '_>, usual: Tz, document: &mut Document) -> Option<Rota> {
    let zone = match root.take("zone") {
        Some(item) => item.text(document).and_then(|name| item.check(parse_zone(&name), document)),
        None => Some(usual),
    };
    let local = zone.unwrap_or(usual);
    let period = root.need("period", document).and_then(|item| item.table(document)).and_then(|mut table| {
        let span = stretch(&mut table, local, document);
        table.finish(document);
        span
    });
    let weighing = weighing::read(root, document);
    let hours = weighing.as_ref().map_or_else(Hours::default, |weighing| weighing.hours.clone());
    let rules = rules::read(root, local, hours, document);
    let limits = root.take("limits").map(|item| item.check(serde_json::from_value::<Limits>(item.json()), document));
    let limits = limits.map_or(Some(Limits::default()), |limits| limits);
    let pay = root.take("pay").and_then(|item| item.check(serde_json::from_value::<PayRules>(item.json()), document));
    // In whole hours: what is finer tells nobody anything.
    let resolution = root.take("resolution_hours").map(|item| {
        let hours = item.whole(1, 10_000, document).map(i64::from)?;
        item.check(Points::new(hours.saturating_mul(Points::HOUR.get())), document)
    });
    let turns = root.need("duties", document)?;
    let place = turns.place();
    let items = turns.items(document);
    if items.is_empty() {
        document.fault(&place.0, place.1, "there are no turns to serve");
    }
    let count = items.len();
    let shapes: Vec<_> = items.iter().filter_map(|item| shape(item, local, document)).collect();
    if let Some(period) = period.filter(|_| shapes.len() == count) {
        one_at_a_time(&items, &shapes, period, local, document);
    }
    if shapes.is_empty() || shapes.len() != count {
        None
    } else {
        Some(Rota {
            zone: zone?,
            shapes,
            period: period?,
            weighing: weighing?,
            rules: rules?,
            resolution: resolution.flatten(),
            limits: limits?,
            pay,
        })
    }
}

/// One way of turns: `every` so long `from` the first handoff, for `roles`, in some `hours`, by people of a `site`
/// with `skills`.
fn shape(item: &Item<'_, '_>, zone: Tz, document: &mut Document) -> Option<DutyShape> {
    let mut table = item.table(document)?;
    let every = table.need("every", document).and_then(|item| {
        let text = item.text(document)?;
        item.check(text.parse::<CalendarStep>(), document)
    });
    let anchor = table.need("from", document).and_then(|item| anchor(&item, document));
    let roles = match table.take("roles") {
        None => Some(vec![Role::Primary, Role::Secondary]),
        Some(item) => roles(&item, document),
    };
    let hours = table.take("hours").map(|item| {
        let text = item.text(document)?;
        item.check(text.parse::<WeeklyWindow>(), document)
    });
    let skills = table.take("skills").map(|item| item.texts(document)).unwrap_or_default();
    let requires = Requirements { skills: skills.into_iter().collect(), site: table.text("site", document) };
    table.finish(document);
    let period = item.check(AnchoredPeriod::new(anchor?, zone, every?), document)?;
    let hours = match hours {
        None => None,
        Some(read) => Some(read?),
    };
    Some(DutyShape { period, roles: roles?, hours, requires })
}

/// Only one person at a time has a role in a schedule: two ways of turns that ask for two at once are told, the first
/// time that they do.
fn one_at_a_time(items: &[Item<'_, '_>], shapes: &[DutyShape], period: Span, zone: Tz, document: &mut Document) {
    let mut seats = Vec::new();
    for (place, shape) in shapes.iter().enumerate() {
        // Too many to be cut is a fault where they are planned.
        for duty in shape.within(period).unwrap_or_default() {
            seats.extend(duty.seats().iter().map(|seat| (seat.role, seat.span, place)));
        }
    }
    seats.sort_unstable();
    let mut told = BTreeSet::new();
    let mut before: Option<(Role, Span, usize)> = None;
    for (role, span, place) in seats {
        let both =
            before.filter(|(of, ..)| *of == role).and_then(|(_, other, with)| Some((other.intersect(span)?, with)));
        if let Some((both, with)) = both.filter(|(_, with)| *with != place)
            && told.insert((place.min(with), place.max(with)))
            && let Some(item) = items.get(place.max(with))
        {
            let (path, at) = item.place();
            let message = format!(
                "asks for a {role} from {} to {} while duties[{}] asks for one too, and only one person at a time has a \
                 role: keep them apart by `hours` or `roles`, or give each site a book of its own",
                instant(both.start(), zone),
                instant(both.end(), zone),
                place.min(with)
            );
            document.fault(&path, at, message);
        }
        // What ends last is what the next may meet.
        before = before.filter(|(of, other, _)| *of == role && other.end() > span.end()).or(Some((role, span, place)));
    }
}

fn anchor(item: &Item<'_, '_>, document: &mut Document) -> Option<NaiveDateTime> {
    match moment(item, document)? {
        Moment::Local(local) => Some(local),
        Moment::Date(date) => Some(date.and_time(NaiveTime::MIN)),
        Moment::Instant(_) => {
            let message = "is an instant where the local time of a handoff, such as `2026-10-05T09:00`, is expected";
            item.check(Err(message.to_owned()), document)
        }
    }
}

fn roles(item: &Item<'_, '_>, document: &mut Document) -> Option<Vec<Role>> {
    let names = item.texts(document);
    let mut roles = Vec::new();
    for name in &names {
        let role = item.check(name.parse::<Role>(), document)?;
        if roles.contains(&role) {
            return item.check(Err(format!("role `{name}` is there twice")), document);
        }
        roles.push(role);
    }
    if roles.is_empty() { item.check(Err("names no role".to_owned()), document) } else { Some(roles) }
}
