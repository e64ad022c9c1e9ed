//! The one error type of the crate.

use chrono::{DateTime, Utc};
use timeline_core::Span;

use crate::person::{PersonId, Role};

/// Why a value, a document or an event was refused. Every variant carries the offending value and the bound.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A local time, a zone or a span that is none.
    #[error(transparent)]
    Time(#[from] timeline_core::Error),
    /// A name that is empty, too long, or holds a control character.
    #[error("{what} `{given}` is not 1 to 200 characters without control characters")]
    BadName {
        /// What the name is of: `person`, `site`, `skill`, ...
        what: &'static str,
        /// The name as it was given.
        given: String,
    },
    // Escalation.
    /// A step that asks nobody.
    #[error("a step has no targets")]
    NoTargets,
    /// The same target twice in one step.
    #[error("target `{target}` is there twice in one step")]
    TargetTwice {
        /// The target.
        target: String,
    },
    /// A step that asks the shadow.
    #[error("a step asks role `shadow`, who looks on and is never paged")]
    ShadowPaged,
    /// A policy with no steps, or too many.
    #[error("{given} steps are not from 1 to {most}")]
    StepsOutOfRange {
        /// How many.
        given: usize,
        /// How many are allowed.
        most: usize,
    },
    /// A policy that is gone through too often.
    #[error("{given} repeats are not from 0 to {most}")]
    RepeatsOutOfRange {
        /// How many.
        given: u32,
        /// How many are allowed.
        most: u32,
    },
    /// A length that is too short, too long, or no whole seconds.
    #[error("{what} of {} s is not whole seconds from 1 to {}", seconds(.given), .most.num_seconds())]
    LengthOutOfRange {
        /// What is so long.
        what: &'static str,
        /// The length given.
        given: chrono::TimeDelta,
        /// The longest allowed.
        most: chrono::TimeDelta,
    },
    /// Quiet hours for what never waits.
    #[error("quiet hours for severity `{given}`: only low and medium can wait")]
    QuietTooSevere {
        /// The severity given.
        given: crate::escalation::Severity,
    },
    /// Quiet hours without windows, or with too many.
    #[error("{given} windows of quiet hours are not from 1 to {most}")]
    QuietWindows {
        /// How many.
        given: usize,
        /// How many are allowed.
        most: usize,
    },
    /// Quiet hours that would let a page wait for too long.
    #[error("quiet hours from {from} on last longer than {} days, the most that a page waits in a row", .most.num_days())]
    QuietTooLong {
        /// From when on, for the first time.
        from: DateTime<Utc>,
        /// The longest that they may last.
        most: chrono::TimeDelta,
    },
    /// A storm of no pages, or too many.
    #[error("a storm of more than {given} pages is not of more than 1 to 1000")]
    StormOutOfRange {
        /// How many.
        given: u32,
    },
    /// An instant before one that was handled already.
    #[error("the clock went back: {now} is before {last}")]
    ClockWentBack {
        /// The later one, handled before.
        last: DateTime<Utc>,
        /// The one given.
        now: DateTime<Utc>,
    },
    /// A page that was never opened, or is over.
    #[error("page {page} is not open")]
    NoOpenPage {
        /// The page.
        page: crate::escalation::PageId,
    },
    /// A page that nobody has acknowledged or snoozed, given back.
    #[error("page {page} is held by nobody")]
    NotHeld {
        /// The page.
        page: crate::escalation::PageId,
    },
    /// A snooze that ends before it begins, or lasts too long.
    #[error("snooze until {until} is not after {now} and by {latest}")]
    SnoozeOutOfRange {
        /// The end given.
        until: DateTime<Utc>,
        /// Now.
        now: DateTime<Utc>,
        /// The latest end allowed.
        latest: DateTime<Utc>,
    },
    /// A page handed to, taken or snoozed by somebody who is away.
    #[error("person `{person}` is away and cannot have a page")]
    Away {
        /// Who.
        person: PersonId,
    },
    /// A note that is empty, too long, or holds a control character.
    #[error("note `{given}` is not 1 to {most} characters without control characters")]
    BadNote {
        /// The note as it was given.
        given: String,
        /// The most characters.
        most: usize,
    },
    /// The state of an escalation, read back, that no run leads to.
    #[error("state of an escalation: {fault}")]
    NoSuchState {
        /// What is wrong, and where.
        fault: String,
    },
    // Of the vocabulary.
    /// A role that is none.
    #[error("role `{given}` is none of primary, secondary, shadow")]
    UnknownRole {
        /// The role as it was given.
        given: String,
    },
    /// An availability outside 1 to 100 per cent.
    #[error("availability of {percent} % is not from 1 % to 100 %")]
    AvailabilityOutOfRange {
        /// The per cent given.
        percent: u32,
    },
    /// A membership that ends before it begins.
    #[error("membership that begins at {from} has ended at {until}")]
    EmptyMembership {
        /// The first instant.
        from: DateTime<Utc>,
        /// The first instant after it.
        until: DateTime<Utc>,
    },
    /// The same person twice in a list that names each once.
    #[error("person `{person}` is there twice, at {first} and at {second} (from 0)")]
    PersonTwice {
        /// Who.
        person: PersonId,
        /// The place of the first.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// A name that the team does not have.
    #[error("person `{person}` is not in the team")]
    UnknownPerson {
        /// Who.
        person: PersonId,
    },
    /// A list of people that is empty.
    #[error("{what} has no people")]
    NoPeople {
        /// What has none: the team, a rotation by its name.
        what: String,
    },
    /// The same date twice in a holiday calendar.
    #[error("holiday calendar `{calendar}` has {date} twice")]
    HolidayTwice {
        /// The calendar.
        calendar: String,
        /// The date.
        date: chrono::NaiveDate,
    },
    /// Two holiday calendars of one name.
    #[error("holiday calendar `{calendar}` is there twice")]
    CalendarTwice {
        /// The calendar.
        calendar: String,
    },
    // Schedules.
    /// A schedule in which nobody can ever be on call.
    #[error("schedule has no layer and no temporary schedule")]
    EmptySchedule,
    /// Two layers of one name.
    #[error("layer `{name}` is there twice, at {first} and at {second} (from 0)")]
    LayerTwice {
        /// The name.
        name: String,
        /// The place of the first.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// A published list without a shift.
    #[error("published list has no shifts")]
    NoShifts,
    /// A shift in the list of another role.
    #[error("shift of `{person}` in {span} is {given}, in a list of {role} shifts")]
    WrongRole {
        /// Whose shift.
        person: PersonId,
        /// When.
        span: Span,
        /// The role of the shift.
        given: Role,
        /// The role of the list.
        role: Role,
    },
    /// A shift of a temporary schedule that reaches outside it.
    #[error("shift of `{person}` in {span} reaches outside the temporary schedule of {within}")]
    OutsideTemporary {
        /// Whose shift.
        person: PersonId,
        /// When.
        span: Span,
        /// The span of the temporary schedule.
        within: Span,
    },
    /// Two temporary schedules of one role that share instants.
    #[error("temporary schedules {first} and {second} (from 0) of the {role} overlap in {span}")]
    TemporariesOverlap {
        /// The role.
        role: Role,
        /// The place of the first.
        first: usize,
        /// The place of the second.
        second: usize,
        /// What both claim.
        span: Span,
    },
    /// A change of a role that nobody is scheduled for.
    #[error("no layer and no temporary schedule has a {role}")]
    RoleNotScheduled {
        /// The role.
        role: Role,
    },
    /// A change that reaches outside the schedule of its role.
    #[error("{span} reaches outside the schedule of the {role}, which is {}", bounds(.from, .until))]
    BeyondSchedule {
        /// The role.
        role: Role,
        /// The span of the change.
        span: Span,
        /// Where the schedule begins, if it does.
        from: Option<DateTime<Utc>>,
        /// Where it ends, if it does.
        until: Option<DateTime<Utc>>,
    },
    /// A change that takes away the duty of a person who does not have it.
    #[error("person `{person}` is not on call as {role} {extent} {span}")]
    NotOnCall {
        /// Who.
        person: PersonId,
        /// As what.
        role: Role,
        /// When.
        span: Span,
        /// `anywhere in` or `throughout`.
        extent: &'static str,
    },
    /// A person put in the place of the same person.
    #[error("person `{person}` cannot {what} with the same person")]
    WithOneself {
        /// Who.
        person: PersonId,
        /// `swap`, `be replaced`.
        what: &'static str,
    },
    /// Two shifts of one role to be swapped that share instants: one of them cannot be.
    #[error("shifts to swap are both {role} and overlap in {span}")]
    SwapOverlaps {
        /// The role.
        role: Role,
        /// What both claim.
        span: Span,
    },
    /// Somebody who agrees to the swap of others.
    #[error("person `{person}` is not part of the swap between `{first}` and `{second}`")]
    NotInSwap {
        /// Who.
        person: PersonId,
        /// The one side.
        first: PersonId,
        /// The other side.
        second: PersonId,
    },
    /// An agreement from before the proposal.
    #[error("person `{person}` agreed at {at}, before the proposal at {proposed}")]
    AgreedTooEarly {
        /// Who.
        person: PersonId,
        /// When.
        at: DateTime<Utc>,
        /// When the swap was proposed.
        proposed: DateTime<Utc>,
    },
    /// A question about instants for which the schedule was not compiled.
    #[error("{asked} is outside the compiled span {within}")]
    OutsideCompiled {
        /// The instant or span asked about.
        asked: String,
        /// The compiled span.
        within: Span,
    },
    /// A span too long to compile.
    #[error("span {span} is longer than {days} days, the most that is looked at at once")]
    SpanTooLong {
        /// The span.
        span: Span,
        /// The bound in days.
        days: u32,
    },
    /// More shifts, windows or changes of them than one compilation may hold.
    #[error("schedule has more than {bound} {what} in the span: compile a shorter one")]
    TooMuch {
        /// Of what: shifts, windows.
        what: &'static str,
        /// The bound.
        bound: usize,
    },
    /// A shift of a person who is not there at the time.
    #[error("person `{person}` has a shift in {span} outside the membership")]
    NotAMember {
        /// Who.
        person: PersonId,
        /// When.
        span: Span,
    },
    // Handoff.
    /// Counts of the pages of a service that do not agree.
    #[error("service `{service}` has {given} {what} for {pages} pages")]
    ServiceCounts {
        /// The service.
        service: String,
        /// What is counted: outcomes, incidents, unacknowledged.
        what: &'static str,
        /// How many.
        given: u64,
        /// How many pages.
        pages: u64,
    },
    /// The pages of a service twice.
    #[error("service `{service}` is there twice")]
    ServiceTwice {
        /// The service.
        service: String,
    },
    /// A list of a handoff that leaves something out and is not full.
    #[error("list of {entries} entries leaves {left_out} out, which only one of {most} does")]
    LeftOut {
        /// How many are left out.
        left_out: u64,
        /// How many are there.
        entries: usize,
        /// How many a list takes.
        most: usize,
    },
    // Load.
    /// An outcome of a page that is none.
    #[error("outcome `{given}` is none of actionable, noise, self-resolved, duplicate, unknown")]
    UnknownOutcome {
        /// The outcome as it was given.
        given: String,
    },
    /// Something that happened to a page before it came.
    #[error("page of {at} was {what} at {given}, before it came")]
    PageBackwards {
        /// What happened: acknowledged, resolved.
        what: &'static str,
        /// When, as it was given.
        given: DateTime<Utc>,
        /// When the page came.
        at: DateTime<Utc>,
    },
    /// A limit outside its range.
    #[error("limit of {given} is not from {least} to {most}")]
    LimitOutOfRange {
        /// The number given.
        given: u32,
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// Numbers that statistics refuse.
    #[error(transparent)]
    Statistics(#[from] measure_core::Error),
    // Burden.
    /// A burden beyond what accounts hold.
    #[error("burden of {given} points is beyond {most} either way")]
    PointsOutOfRange {
        /// The points.
        given: i128,
        /// The most there can be.
        most: i64,
    },
    /// A weight that is too large.
    #[error("weight {given} of {of} is beyond {most}")]
    WeightOutOfRange {
        /// Of which category or role.
        of: &'static str,
        /// The weight given.
        given: u32,
        /// The largest.
        most: u32,
    },
    /// A decay beyond 100 per cent.
    #[error("decay of {percent} % is beyond 100 %")]
    DecayOutOfRange {
        /// The per cent given.
        percent: u32,
    },
    /// A period that is too short or too long for accounts.
    #[error("period of {minutes} minutes is not from a minute to a thousand years")]
    PeriodOutOfRange {
        /// Its minutes.
        minutes: u64,
    },
    /// Somebody there for longer than the period is.
    #[error("presence of {minutes} minutes is beyond the {of} minutes of the period")]
    PresenceOutOfRange {
        /// The minutes given.
        minutes: u64,
        /// Those of the period.
        of: u64,
    },
    /// An account of a period of another length.
    #[error("presence is out of {minutes} minutes, and the period has {period}")]
    PresenceOfOtherPeriod {
        /// The minutes of the period of the presence.
        minutes: u64,
        /// Those of the period of the accounts.
        period: u64,
    },
    /// Ledgers of two periods, which do not add up.
    #[error("ledger of {right} does not add to that of {left}")]
    PeriodsDiffer {
        /// The one period.
        left: Span,
        /// The other.
        right: Span,
    },
    /// Service that does not fit 64 bits.
    #[error("{left} and {right} {what} do not fit 64 bits together")]
    ServiceOverflow {
        /// Minutes or pages.
        what: &'static str,
        /// What was there.
        left: u64,
        /// What was added.
        right: u64,
    },
    /// Availabilities without a small common multiple.
    #[error("shares in {parts} parts have no common multiple in 63 bits: fewer parts have")]
    ScalesOverflow {
        /// Into how many parts a full load was cut.
        parts: u32,
    },
    /// A load below 0.
    #[error("load of {points} points is below 0")]
    NegativeLoad {
        /// The points.
        points: i64,
    },
    /// A number of a rule that is out of its range.
    #[error("{field} of rule `{rule}` is {given}, it is from {least} to {most}")]
    RuleOutOfRange {
        /// The name of the rule.
        rule: String,
        /// Which number.
        field: &'static str,
        /// The number given.
        given: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// Two rules of one name.
    #[error("rule `{rule}` is there twice")]
    RuleTwice {
        /// The name.
        rule: String,
    },
    /// A rule that counts shadows, which are not on duty.
    #[error("rule `{rule}` counts shifts as shadow, which are no duty; primary and secondary are counted")]
    RuleOfShadows {
        /// The name.
        rule: String,
    },
    /// Windows of the night that come one after the other for more than a day.
    #[error("night `{given}` lasts {hours} hours on end, and at most 24 are one night")]
    LongNight {
        /// The windows as they were given.
        given: String,
        /// The longest of them with those that touch it; 168 for a night without end.
        hours: i64,
    },
    // Rotations.
    /// A shift length that is not a positive number and a unit.
    #[error("shift length `{given}` is not a positive whole number followed by one of m, h, d, w, M, Q, Y")]
    BadShiftLength {
        /// The length as it was given.
        given: String,
    },
    /// A first turn for somebody who is not in the rotation.
    #[error("person `{person}` is not among the participants of the rotation")]
    NotInRotation {
        /// Who.
        person: PersonId,
    },
    /// Two roles that would be the same person's.
    #[error("roles {one} and {other} are both {offset} turns from the person whose turn it is")]
    RolesCoincide {
        /// The one.
        one: Role,
        /// The other.
        other: Role,
        /// The offset of both.
        offset: i32,
    },
    /// A role that a rotation does not have.
    #[error("the rotation has no {role}")]
    RoleNotInRotation {
        /// The role asked for.
        role: Role,
    },
    /// Follow-the-sun without sites.
    #[error("there are no sites")]
    NoSites,
    /// The same name for two sites.
    #[error("site `{site}` is there twice")]
    SiteTwice {
        /// The name.
        site: String,
    },
    /// A site that is never on call.
    #[error("site `{site}` has no hours")]
    NoHours {
        /// The site.
        site: String,
    },
    /// Of a roster in whole numbers.
    #[error(transparent)]
    Roster(#[from] crate::roster::RosterError),
    /// Of a plan.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    /// Several faults at once, each with its place in the input (`layers[2].rotation`).
    #[error("{}", several(.faults))]
    Several {
        /// The place and the fault, in order; never empty.
        faults: Vec<(String, Error)>,
    },
}

fn several(faults: &[(String, Error)]) -> String {
    faults.iter().map(|(path, fault)| format!("{path}: {fault}")).collect::<Vec<_>>().join("; ")
}

fn bounds(from: &Option<DateTime<Utc>>, until: &Option<DateTime<Utc>>) -> String {
    match (from, until) {
        (Some(from), Some(until)) => format!("from {from} until {until}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => "without bounds".to_owned(),
    }
}

/// Seconds with what is below them, as it was given.
fn seconds(length: &chrono::TimeDelta) -> String {
    if length.subsec_nanos() == 0 {
        length.num_seconds().to_string()
    } else {
        format!("{}.{:09}", length.num_seconds(), length.subsec_nanos().abs())
    }
}
