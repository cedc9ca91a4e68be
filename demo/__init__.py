"""The outside world in small, for one machine: a pretend shop and a pretend e-mail and SMS provider."""
