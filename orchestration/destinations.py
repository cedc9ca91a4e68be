"""The destinations of this deployment, made from its resources."""

from activations.destinations import CsvFile, Klaviyo, Twilio
from orchestration.resources import Folders, Outside


def klaviyo(outside: Outside) -> Klaviyo:
    """The e-mail provider."""
    return Klaviyo(outside.klaviyo_api_key, base_url=outside.klaviyo_url)


def twilio(outside: Outside) -> Twilio:
    """The SMS provider; the sender is a number or a messaging service."""
    is_service = outside.twilio_sender.startswith("MG")
    return Twilio(
        outside.twilio_account_sid,
        outside.twilio_auth_token,
        messaging_service_sid=outside.twilio_sender if is_service else None,
        from_number=None if is_service else outside.twilio_sender,
        status_callback=outside.twilio_status_callback or None,
        base_url=outside.twilio_url,
    )


def csv_file(folders: Folders) -> CsvFile:
    """Files for whoever reads files, in `exports`."""
    return CsvFile(folders.data / "exports")
