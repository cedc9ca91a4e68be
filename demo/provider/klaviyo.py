"""Klaviyo's paths and who answers them."""

from demo.provider import klaviyo_events, klaviyo_lists, klaviyo_profiles, klaviyo_search

_IMPORTS = "/api/profile-bulk-import-jobs"
ROUTES = (
    ("POST", _IMPORTS, klaviyo_profiles.import_profiles),
    ("GET", f"{_IMPORTS}/{{id}}", klaviyo_profiles.get_job),
    ("GET", f"{_IMPORTS}/{{id}}/import-errors", klaviyo_profiles.get_import_errors),
    ("GET", "/api/profiles", klaviyo_search.get_profiles),
    ("POST", "/api/profile-suppression-bulk-create-jobs", klaviyo_profiles.suppress_profiles),
    ("GET", "/api/lists", klaviyo_lists.get_lists),
    ("POST", "/api/lists", klaviyo_lists.create_list),
    ("GET", "/api/lists/{id}/profiles", klaviyo_search.get_profiles),
    ("POST", "/api/lists/{id}/relationships/profiles", klaviyo_lists.change_members),
    ("DELETE", "/api/lists/{id}/relationships/profiles", klaviyo_lists.change_members),
    ("POST", "/api/events", klaviyo_events.create_event),
    ("GET", "/api/events", klaviyo_events.get_events),
    ("POST", "/api/event-bulk-create-jobs", klaviyo_events.create_events),
    ("GET", "/api/metrics", klaviyo_events.get_metrics),
)
