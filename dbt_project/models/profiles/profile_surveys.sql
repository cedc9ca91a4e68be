select
    said.survey_id,
    {{ speaker() }} as profile_id,
    said.brand,
    said.kind,
    said.score,
    said.comment,
    said.answered_at,
    said.ingested_at
from {{ ref('stg_all__surveys') }} as said
{{ join_speakers() }}
