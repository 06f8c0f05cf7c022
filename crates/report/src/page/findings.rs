//! What is worth knowing of a run, in sentences.

use asgrad::explain::{Account, Explanation, Verdict};

use crate::run::Run;
use crate::text::number;

/// Sentences for people; the first always tells what was counted.
pub(crate) fn of(run: &Run) -> Vec<String> {
    let explained = &run.explained;
    let mut findings = vec![counted(explained)];
    findings.extend(contributions(explained));
    findings.extend(momentum(explained));
    findings.extend(troubles(explained));
    findings
}

fn counted(explained: &Explanation) -> String {
    let Explanation {
        updates,
        gradients,
        discarded,
        ..
    } = explained;
    let thrown = match discarded {
        0 => "none of them discarded".to_owned(),
        discarded => format!("{discarded} of them discarded"),
    };
    format!("{updates} updates out of {gradients} gradients, {thrown}.")
}

/// The workers that contribute most and least, compared with their data.
fn contributions(explained: &Explanation) -> Option<String> {
    let ratios = || explained.workers.iter().filter_map(ratio);
    let (most, times) = ratios().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (least, part) = ratios().min_by(|a, b| a.1.total_cmp(&b.1))?;
    (times > 1.25 || part < 0.75).then(|| {
        format!(
            "Worker {} makes {} times as large a share of the updates as its share of the data, worker {} {} times: the \
             method pulls towards the data of fast workers.",
            most.worker.index(),
            number((times * 100.0).round() / 100.0),
            least.worker.index(),
            number((part * 100.0).round() / 100.0),
        )
    })
}

/// A worker's share of the updates over its share of the data.
fn ratio(account: &Account) -> Option<(&Account, f64)> {
    let ratio = account.update_share? / account.data_share?;
    ratio.is_finite().then_some((account, ratio))
}

fn momentum(explained: &Explanation) -> Option<String> {
    let momentum = explained.staleness.momentum?;
    (momentum.fits && momentum.momentum > 0.0).then(|| {
        format!(
            "Its staleness acts on average like a momentum of {}.",
            number((momentum.momentum * 100.0).round() / 100.0)
        )
    })
}

/// What may make the measurement wrong.
fn troubles(explained: &Explanation) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Some(message) = explained
        .stopped
        .as_ref()
        .and_then(|stopped| stopped.message.as_ref())
    {
        troubles.push(format!("It failed: {message}."));
    }
    if explained.lost > 0 {
        troubles.push(format!(
            "{} jobs were lost with their workers.",
            explained.lost
        ));
    }
    if let Some(share) = explained.overrun_share.filter(|share| *share > 0.0) {
        let percent = number((share * 1000.0).round() / 10.0);
        troubles.push(format!(
            "{} computations ({percent} %) took longer than the time they were to emulate: the speeds were not those asked for.",
            explained.overruns
        ));
    }
    if let Some(cores) = explained.cores.filter(|cores| cores.share > 1.0) {
        let computing = number((cores.computing * 10.0).round() / 10.0);
        troubles.push(format!(
            "On average {computing} workers computed at once on {} cores: they waited for cores.",
            cores.cores
        ));
    }
    if let Verdict::Broken = explained.conservation.verdict {
        troubles.push(
            "The trace contradicts itself: ages of gradients were lost or invented.".to_owned(),
        );
    }
    troubles
}
