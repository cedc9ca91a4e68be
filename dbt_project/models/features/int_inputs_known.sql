-- after what keeps its rows; depends_on:
-- {{ ref('int_snapshots') }}
select
    fingerprint_key,
    origin_number,
    fingerprint
from {{ ref('int_inputs_fingerprinted') }}
