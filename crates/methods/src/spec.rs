//! Methods by name: `NAME[:key=value[:key=value…]]`.

use ps_core::choice;
use ps_core::form::{Value, Values, count};

use crate::method::Method;
use crate::rules::{NamedMethod, Outstanding, Profile};

choice! {
    /// A named method with its settings, as `pure-waiting:b=3`. Its name and keys are known to
    /// exist; whether the values fit the number of workers is checked by [`build`](Self::build).
    ///
    /// # Examples
    /// ```
    /// use methods::MethodSpec;
    ///
    /// let spec: MethodSpec = "pure-waiting:b=3".parse()?;
    /// assert_eq!((spec.name(), spec.concurrency(10, None)?), ("pure-waiting", 10));
    /// assert!("pure-wating".parse::<MethodSpec>().unwrap_err().to_string().contains("pure-waiting"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct MethodSpec(Profile);
}

/// A method that cannot be made for so many workers and jobs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// The method would wait for ever.
    #[error(fmt = waits_for_ever)]
    WaitsForEver {
        /// The method.
        method: &'static str,
        /// The key that is too large.
        key: &'static str,
        /// Its value.
        value: usize,
        /// How many jobs there are to wait for.
        outstanding: usize,
    },
    /// The number of outstanding jobs is not a choice.
    #[error(fmt = concurrency_is_fixed)]
    ConcurrencyIsFixed {
        /// The method.
        method: &'static str,
        /// What it has.
        outstanding: &'static str,
        /// What was asked for.
        asked: usize,
    },
    /// No job would ever be outstanding.
    #[error(fmt = no_concurrency)]
    NoConcurrency,
}

ps_core::messages! {
    waits_for_ever(method: &str, key: &str, value: &usize, outstanding: &usize):
        "method `{method}` would wait for {key}={value} gradients, but no more than {1} can be outstanding; \
         set {key} to at most {outstanding}, or raise {0}",
        ["concurrency"], count(outstanding, "job");
    concurrency_is_fixed(method: &str, outstanding: &str, asked: &usize):
        "method `{method}` has {outstanding} outstanding by definition; leave out {} {asked}",
        ["concurrency"];
    no_concurrency(): "{} 0: at least one job must be outstanding", ["concurrency"];
}

impl MethodSpec {
    /// The value of one of its keys with this many workers, as it is typed: the one that was given,
    /// or else the default. Nothing if it has no such key.
    pub fn value(&self, key: &str, n_workers: usize) -> Option<String> {
        let key = self
            .named()
            .parameters
            .iter()
            .find(|known| known.name == key)?;
        Some(key.domain.write(&self.values().value(key.name, n_workers)))
    }

    /// What is known of the method.
    pub fn named(&self) -> &'static NamedMethod {
        self.entry()
    }

    /// The same method with these values.
    pub(crate) fn with_values(&self, values: Values) -> Self {
        Self(self.with(values))
    }

    /// How many jobs will be outstanding with this many workers.
    ///
    /// # Errors
    /// If that number is not a choice, or 0 was chosen.
    pub fn concurrency(
        &self,
        n_workers: usize,
        asked: Option<usize>,
    ) -> Result<usize, MethodError> {
        let (fixed, outstanding) = match self.named().what.outstanding {
            Outstanding::Choice if asked == Some(0) => return Err(MethodError::NoConcurrency),
            Outstanding::Choice => return Ok(asked.unwrap_or(n_workers)),
            Outstanding::AllWorkers => (n_workers, "one job for each worker"),
            Outstanding::One => (1, "one job"),
        };
        match asked {
            Some(asked) if asked != fixed => Err(MethodError::ConcurrencyIsFixed {
                method: self.name(),
                outstanding,
                asked,
            }),
            _ => Ok(fixed),
        }
    }

    /// Makes the method for this many workers, with this many outstanding jobs (see
    /// [`concurrency`](Self::concurrency)).
    ///
    /// # Errors
    /// If a value does not fit these numbers.
    pub fn build(
        &self,
        n_workers: usize,
        concurrency: usize,
    ) -> Result<Box<dyn Method>, MethodError> {
        let profile = &self.named().what;
        let mut values = self.values().complete(n_workers);
        if let Some(key) = profile.waits_for
            && values.size(key) > concurrency
        {
            if self.values().has(key) {
                return Err(MethodError::WaitsForEver {
                    method: self.name(),
                    key,
                    value: values.size(key),
                    outstanding: concurrency,
                });
            }
            values.set(key, Value::Count(concurrency as u64));
        }
        Ok((profile.build)(n_workers, &values))
    }
}
