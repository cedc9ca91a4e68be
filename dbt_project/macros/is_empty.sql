{#- A test: a table that should have no rows; each that it has is told. -#}
{% test is_empty(model, column_name) %}
select {{ column_name }}
from {{ model }}
{% endtest %}
