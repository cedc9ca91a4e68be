{#- One file, though long: what happened to an id and which link did it are read from the same two states. -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        post_hook="{{ close_identity_run() }}"
    )
}}

-- depends_on: {{ ref('int_rows_known') }}, {{ ref('identifiers') }}, {{ ref('int_records_touched') }}
with

records as (
    select
        records.record_key,
        profile_ids.current_profile_id as profile_id
    from {{ ref('int_records_grouped') }} as records
    inner join {{ ref('profile_ids') }} as profile_ids
        on
            records.component_key = profile_ids.component_key
            and profile_ids.profile_id = profile_ids.current_profile_id
    where {{ on_a_day('records.record_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
),

-- what each id stands for now: itself, another, or nobody
now_is as (
    select
        profile_ids.profile_id,
        case
            when profile_ids.component_key is not null then profile_ids.current_profile_id
        end as stands_for
    from {{ ref('profile_ids') }} as profile_ids
    inner join {{ ref('founders') }} as founders on profile_ids.profile_id = founders.profile_id
    where {{ on_a_day('founders.founder_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
),

{% if is_incremental() %}
told as (
    select
        coalesce(max(run_number), 0) as run_number,
        -- a run as of an earlier day only looks back: nothing happened in it
        coalesce(max(as_of), {{ as_of() }}) <= {{ as_of() }} as is_now
    from {{ this }}
),

was as (
    select
        profile_id,
        {{ latest_value('stood_for', 'run_number') }} as stood_for
    from (
        select
            changes.profile_id,
            changes.run_number,
            case changes.what
                when 'gone' then 'nobody'
                when 'merged_into' then changes.other_profile_id
                else changes.profile_id
            end as stood_for
        from {{ this }} as changes
        inner join now_is on changes.profile_id = now_is.profile_id
    ) as stories
    group by profile_id
),
{% else %}
told as (
    select
        0 as run_number,
        true as is_now
),

was as (
    select
        profile_id,
        stands_for as stood_for
    from now_is
    where 1 = 0
),
{% endif %}

-- a person who comes new out of another's records left that other one
left_by as (
    select
        records.profile_id,
        min(touched.profile_id_before) as profile_id_before
    from records
    inner join {{ ref('int_records_touched') }} as touched on records.record_key = touched.record_key
    where touched.profile_id_before <> records.profile_id
    group by records.profile_id
),

happened as (
    select
        now_is.profile_id,
        case
            when now_is.stands_for is null then 'gone'
            when now_is.stands_for <> now_is.profile_id then 'merged_into'
            when was.stood_for is null and left_by.profile_id is null then 'created'
            when was.stood_for is null then 'split_from'
            when was.stood_for = 'nobody' then 'returned'
            else 'split_from'
        end as what,
        case
            when now_is.stands_for <> now_is.profile_id then now_is.stands_for
            when was.stood_for is null then left_by.profile_id_before
            when was.stood_for not in ('nobody', now_is.profile_id) then was.stood_for
        end as other_profile_id
    from now_is
    left join was on now_is.profile_id = was.profile_id
    left join left_by on now_is.profile_id = left_by.profile_id
    where
        coalesce(now_is.stands_for, 'nobody') <> coalesce(was.stood_for, '')
        -- an id that was given in a look back, and stands for nobody of its own, was never anybody
        and (was.stood_for is not null or now_is.stands_for = now_is.profile_id)
),

-- the links that came or went between two persons: which one it was that joined or parted them
ends as (
    select
        moved.*,
        one.profile_id_before as left_before,
        other.profile_id_before as right_before,
        one_now.profile_id as left_now,
        other_now.profile_id as right_now
    from {{ ref('int_links_moved') }} as moved
    left join {{ ref('int_records_touched') }} as one on moved.left_key = one.record_key
    left join {{ ref('int_records_touched') }} as other on moved.right_key = other.record_key
    left join records as one_now on moved.left_key = one_now.record_key
    left join records as other_now on moved.right_key = other_now.record_key
),

causes as (
    select
        left_before as profile_id,
        'merged_into' as what,
        left_key,
        right_key,
        via_type,
        via_key
    from ends
    where is_new and left_before is not null and left_before is distinct from right_before

    union all

    select
        right_before as profile_id,
        'merged_into' as what,
        left_key,
        right_key,
        via_type,
        via_key
    from ends
    where is_new and right_before is not null and left_before is distinct from right_before

    union all

    select
        left_now as profile_id,
        'split_from' as what,
        left_key,
        right_key,
        via_type,
        via_key
    from ends
    where not is_new and left_now is not null and left_now is distinct from right_now

    union all

    select
        right_now as profile_id,
        'split_from' as what,
        left_key,
        right_key,
        via_type,
        via_key
    from ends
    where not is_new and right_now is not null and left_now is distinct from right_now
),

-- of several the first by type and keys, so that the same history tells the same
placed as (
    select
        *,
        row_number() over (
            partition by profile_id, what
            order by via_type, left_key, right_key
        ) as place
    from causes
),

-- what the rules say now of the records at the links that went
refusals as (
    select
        record_key,
        via_key,
        min(reason) as reason
    from (
        select
            left_key as record_key,
            via_key,
            reason
        from {{ ref('refused_links') }}
        union all
        select
            right_key as record_key,
            via_key,
            reason
        from {{ ref('refused_links') }}
    ) as both_ends
    where {{ on_a_day('record_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
    group by record_key, via_key
)

select
    told.run_number + 1 as run_number,
    {{ as_of() }} as as_of,
    happened.profile_id,
    happened.what,
    happened.other_profile_id,
    placed.via_type,
    one.record_type as left_type,
    one.record_id as left_value,
    other.record_type as right_type,
    other.record_id as right_value,
    case
        when happened.what = 'merged_into' then 'joined_by_' || coalesce(placed.via_type, 'others')
        when happened.what = 'split_from' then coalesce(left_refusals.reason, right_refusals.reason, 'no_longer_said')
        when happened.what = 'gone' then 'no_record_left'
    end as reason
from happened
cross join told
left join placed
    on
        happened.profile_id = placed.profile_id
        and happened.what = placed.what
        and placed.place = 1
left join {{ ref('records') }} as one on placed.left_key = one.record_key
left join {{ ref('records') }} as other on placed.right_key = other.record_key
left join refusals as left_refusals
    on
        placed.via_key = left_refusals.via_key
        and placed.left_key = left_refusals.record_key
left join refusals as right_refusals
    on
        placed.via_key = right_refusals.via_key
        and placed.right_key = right_refusals.record_key
where told.is_now
