"""A pretend provider that speaks Klaviyo's and Twilio's endpoints, keeps state, fails on demand and shows an inbox."""
