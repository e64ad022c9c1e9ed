//! On-call on a page: the plan as a calendar picture, people by weeks with their burden beside.

mod drawing;
mod part;
mod words;

use askama::Template;

use super::draw::Px;
use super::text;
use crate::oncall::picture::Picture;
use drawing::Drawing;
pub(super) use part::OnCallPart;

/// What a plan reaches, in words.
#[derive(Debug, Clone)]
pub struct PlanFacts {
    /// One sentence: is it covered, is it proven?
    pub headline: String,
    /// What it says where duties do not count in steps.
    pub exactly: Option<String>,
    /// Level by level, in the order in which they count.
    pub levels: Vec<PlanLevel>,
    /// Soft rules that give way.
    pub gives_way: Vec<String>,
    /// Why nobody can be found.
    pub conflicts: Vec<String>,
}

/// One level of the objective.
#[derive(Debug, Clone)]
pub struct PlanLevel {
    /// What is measured.
    pub name: String,
    /// What the plan reaches.
    pub value: String,
    /// What no plan is below.
    pub bound: String,
    /// `proven`, or how far it may be from the best.
    pub proof: String,
}

/// A calendar picture in every size, with what stands beside it.
#[derive(Debug)]
pub(super) struct Calendar {
    /// Makes ids on one page different.
    pub(super) id: &'static str,
    /// What it is of, for a picture of its own.
    pub(super) heading: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) drawings: Vec<Drawing>,
    pub(super) keys: Vec<Key>,
    pub(super) people: Vec<words::PersonRow>,
    pub(super) shifts: Vec<words::ShiftRow>,
}

/// A line of the legend.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) class: &'static str,
    pub(super) text: &'static str,
}

impl Calendar {
    pub(super) fn new(id: &'static str, picture: &Picture) -> Self {
        let picture = &fit_to_show(picture);
        let keys = keys(picture);
        Self {
            id,
            heading: text::isolate(&format!("{}: on call, {}", picture.title, words::days(picture.span, picture.zone))),
            title: format!("On call, {}", words::days(picture.span, picture.zone)),
            description: words::description(picture),
            drawings: drawing::SIZES.iter().map(|size| Drawing::new(picture, size)).collect(),
            keys,
            people: words::people(picture),
            shifts: words::shifts(picture),
        }
    }
}

fn keys(picture: &Picture) -> Vec<Key> {
    let role = |role| picture.rows.iter().any(|row| row.shifts.iter().any(|shift| shift.role == role));
    let all = [
        (role(oncall_core::Role::Primary), "primary", "primary"),
        (role(oncall_core::Role::Secondary), "secondary", "secondary"),
        (role(oncall_core::Role::Shadow), "shadow", "shadow"),
        (picture.rows.iter().any(|row| !row.away.is_empty()), "away", "leave"),
        (picture.rows.iter().any(|row| !row.outside.is_empty()), "outside", "not in the rotation"),
        (!picture.holidays.is_empty(), "holiday", "holiday"),
        (!picture.uncovered.is_empty(), "open", "nobody"),
        (picture.rows.iter().any(|row| row.burden.is_some()), "load", "burden, and its mean"),
    ];
    all.into_iter().filter(|(there, ..)| *there).map(|(_, class, text)| Key { class, text }).collect()
}

/// Text from outside cleaned, once for the whole picture.
fn fit_to_show(picture: &Picture) -> Picture {
    let mut picture = picture.clone();
    picture.title = text::clean(&picture.title);
    for row in &mut picture.rows {
        row.person = text::clean(&row.person);
        row.beside = text::clean(&row.beside);
        row.burden = row.burden.filter(|burden| burden.is_finite());
        for away in &mut row.away {
            away.reason = away.reason.as_deref().map(text::clean);
        }
    }
    for holiday in &mut picture.holidays {
        holiday.name = text::clean(&holiday.name);
        holiday.calendars.iter_mut().for_each(|name| *name = text::clean(name));
    }
    picture
}

#[derive(Debug, Template)]
#[template(path = "oncall/plan.html", whitespace = "minimize")]
struct PlanPage {
    title: String,
    span: String,
    zone: String,
    facts: PlanFacts,
    calendar: Calendar,
}

#[derive(Debug, Template)]
#[template(path = "oncall/alone.html", whitespace = "minimize")]
struct Alone {
    calendar: Calendar,
    drawing: Drawing,
    keys: Vec<PlacedKey>,
}

/// A line of the legend with its place.
#[derive(Debug)]
struct PlacedKey {
    class: &'static str,
    text: &'static str,
    x: Px,
    y: Px,
}

/// A plan as one HTML page: no script, no request.
///
/// # Errors
/// [`super::Error::Template`].
pub fn plan_page(picture: &Picture, facts: &PlanFacts) -> Result<String, super::Error> {
    let mut facts = facts.clone();
    for line in facts.gives_way.iter_mut().chain(&mut facts.conflicts) {
        *line = text::clean(line);
    }
    let page = PlanPage {
        title: text::clean(&picture.title),
        span: words::days(picture.span, picture.zone),
        zone: picture.zone.name().to_owned(),
        facts,
        calendar: Calendar::new("plan", picture),
    };
    Ok(page.render()?)
}

/// A plan as a picture of its own (SVG), light and dark.
///
/// # Errors
/// [`super::Error::Template`].
pub fn plan_svg(picture: &Picture) -> Result<String, super::Error> {
    let calendar = Calendar::new("plan", picture);
    let drawing = Drawing::new(&fit_to_show(picture), &drawing::ALONE);
    let mut x = 0.0;
    let mut keys = Vec::new();
    for key in &calendar.keys {
        keys.push(PlacedKey { class: key.class, text: key.text, x: Px(x), y: Px(drawing.height.0 + 8.0) });
        x += 40.0 + text::width(key.text, super::labels::FONT);
    }
    Ok(Alone { calendar, drawing, keys }.render()?)
}
