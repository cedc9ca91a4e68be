"""The schema of the GA4 export to BigQuery: 31 columns, 217 fields with the nested ones, in its order and with its types."""

from __future__ import annotations


def _fields(names: str) -> str:
    """`a b:BIGINT` as SQL: `a VARCHAR, b BIGINT`."""
    pairs = (name.partition(":") for name in names.split())
    return ", ".join(f'"{name}" {kind or "VARCHAR"}' for name, _, kind in pairs)


def _struct(names: str, *nested: str) -> str:
    return f"STRUCT({', '.join(part for part in (_fields(names), *nested) if part)})"


_VALUE = "string_value int_value:BIGINT float_value:DOUBLE double_value:DOUBLE"
_PARAMS = _struct("key", f'"value" {_struct(_VALUE)}') + "[]"
_PROPERTIES = _struct("key", f'"value" {_struct(_VALUE + " set_timestamp_micros:BIGINT")}') + "[]"
_DEVICE = _struct(
    "category mobile_brand_name mobile_model_name mobile_marketing_name mobile_os_hardware_model operating_system operating_system_version"
    " vendor_id advertising_id language is_limited_ad_tracking time_zone_offset_seconds:BIGINT browser browser_version",
    f'"web_info" {_struct("browser browser_version hostname")}',
)
_ECOMMERCE = _struct(
    "total_item_quantity:BIGINT purchase_revenue_in_usd:DOUBLE purchase_revenue:DOUBLE refund_value_in_usd:DOUBLE refund_value:DOUBLE"
    " shipping_value_in_usd:DOUBLE shipping_value:DOUBLE tax_value_in_usd:DOUBLE tax_value:DOUBLE unique_items:BIGINT transaction_id"
)
_ITEM = (
    "item_id item_name item_brand item_variant item_category item_category2 item_category3 item_category4 item_category5"
    " price_in_usd:DOUBLE price:DOUBLE quantity:BIGINT item_revenue_in_usd:DOUBLE item_revenue:DOUBLE item_refund_in_usd:DOUBLE"
    " item_refund:DOUBLE coupon affiliation location_id item_list_id item_list_name item_list_index promotion_id promotion_name"
    " creative_name creative_slot"
)
_COLLECTED = (
    "manual_campaign_id manual_campaign_name manual_source manual_medium manual_term manual_content manual_source_platform"
    " manual_creative_format manual_marketing_tactic gclid dclid srsltid"
)
_CAMPAIGNS = {
    "manual_campaign": "campaign_id campaign_name source medium term content source_platform creative_format marketing_tactic",
    "google_ads_campaign": "customer_id account_name campaign_id campaign_name ad_group_id ad_group_name",
    "cross_channel_campaign": "campaign_id campaign_name source medium source_platform default_channel_group primary_channel_group",
    "sa360_campaign": "campaign_id campaign_name source medium ad_group_id ad_group_name creative_format engine_account_name"
    " engine_account_type manager_account_name",
    "cm360_campaign": "campaign_id campaign_name source medium account_id account_name advertiser_id advertiser_name creative_id"
    " creative_format creative_name creative_type creative_type_id creative_version placement_id placement_cost_structure"
    " placement_name rendering_id site_id site_name",
    "dv360_campaign": "campaign_id campaign_name source medium advertiser_id advertiser_name creative_id creative_format"
    " creative_name exchange_id exchange_name insertion_order_id insertion_order_name line_item_id line_item_name partner_id partner_name",
}
_LAST_CLICK = _struct("", *(f'"{name}" {_struct(fields)}' for name, fields in _CAMPAIGNS.items()))

#: All 31 columns of the export, in its order. What a delivery lacks is NULL.
DEFINITION = ", ".join(
    (
        _fields("event_date event_timestamp:BIGINT event_name"),
        f'"event_params" {_PARAMS}',
        _fields("event_previous_timestamp:BIGINT event_value_in_usd:DOUBLE event_bundle_sequence_id:BIGINT"),
        _fields("event_server_timestamp_offset:BIGINT user_id user_pseudo_id"),
        f'"privacy_info" {_struct("analytics_storage ads_storage uses_transient_token")}',
        f'"user_properties" {_PROPERTIES}',
        _fields("user_first_touch_timestamp:BIGINT"),
        f'"user_ltv" {_struct("revenue:DOUBLE currency")}',
        f'"device" {_DEVICE}',
        f'"geo" {_struct("city country continent region sub_continent metro")}',
        f'"app_info" {_struct("id version install_store firebase_app_id install_source")}',
        f'"traffic_source" {_struct("name medium source")}',
        _fields("stream_id platform"),
        f'"event_dimensions" {_struct("hostname")}',
        f'"ecommerce" {_ECOMMERCE}',
        f'"items" {_struct(_ITEM, f""""item_params" {_PARAMS}""")}[]',
        f'"collected_traffic_source" {_struct(_COLLECTED)}',
        _fields("is_active_user:BOOLEAN batch_event_index:BIGINT batch_page_id:BIGINT batch_ordering_id:BIGINT"),
        f'"session_traffic_source_last_click" {_LAST_CLICK}',
        f'"publisher" {_struct("ad_revenue_in_usd:DOUBLE ad_format ad_source_name ad_unit_id")}',
        _fields("event_original_occurrence_timestamp:BIGINT"),
    )
)
