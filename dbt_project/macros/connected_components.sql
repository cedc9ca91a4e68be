{#- Connected components by contraction, in plain joins and group by, so that it runs on any engine.

    First every right end is hooked to the smallest left end that names it: what only hangs on a record (most addresses and
    devices) is done with, and few edges are left, between records. Then, until no edge is left: each node takes the
    smallest key within reach, pointers are followed, and the edges are contracted to what their ends point to. From the
    second round on the reach is wider, because by then there are few edges: of a chain in random order one node in
    2 * reach + 1 stays, so that 6 rounds do for a chain of 100,000.
    (Kiveris et al., "Connected Components in MapReduce and Beyond", 2014, is the family.)

    To be called as a pre-hook. `links` is a relation with left_key and right_key, of which those hold that meet the
    `condition`; `work` names the table that the model then reads: node_key, component_key (the smallest left_key of the component), one row per node. -#}
{% macro contract_components(links, work, condition='') -%}
    {%- if execute -%}
        {%- do make_temporary('components_links', "select left_key, right_key from " ~ links ~ " " ~ condition) -%}
        {%- do make_temporary('components_stars', "select right_key as node_key, min(left_key) as hub_key from components_links group by right_key") -%}
        {%- do make_temporary('components_edges',
            "select distinct links.left_key as a_key, stars.hub_key as b_key from components_links as links "
            ~ "inner join components_stars as stars on links.right_key = stars.node_key where links.left_key <> stars.hub_key "
            ~ "union select node_key, hub_key from components_stars where node_key <> hub_key "
            ~ "and node_key in (select left_key from components_links)") -%}
        {%- do make_temporary('components_moved', "select a_key as node_key, a_key as component_key from components_edges "
            ~ "union select b_key, b_key from components_edges") -%}
        {%- set progress = namespace(rounds=1, is_open=true) -%}
        {%- for _ in range(40) if progress.is_open -%}
            {%- if run_query("select count(*) as edges from components_edges").columns[0].values()[0] == 0 -%}
                {%- set progress.is_open = false -%}
            {%- else -%}
                {%- set progress.rounds = progress.rounds + 1 -%}
                {%- do _contract_once(reach=1 if progress.rounds == 2 else 12) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if progress.is_open -%}
            {{ exceptions.raise_compiler_error("Identity did not settle in 40 rounds: this many links do not hang together like people.") }}
        {%- endif -%}
        {%- do make_temporary(work, "with members as (select distinct left_key as node_key, left_key as hub_key "
            ~ "from components_links union all select node_key, hub_key from components_stars "
            ~ "where node_key not in (select left_key from components_links)) "
            ~ "select members.node_key, coalesce(moved.component_key, members.hub_key) as component_key from members "
            ~ "left join components_moved as moved on members.hub_key = moved.node_key") -%}
        {%- for name in ['links', 'stars', 'edges', 'moved', 'both', 'lowest', 'next'] -%}
            {%- do run_query("drop table if exists components_" ~ name) -%}
        {%- endfor -%}
        {%- do log("identity: components settled in " ~ progress.rounds ~ " rounds", info=true) -%}
    {%- endif -%}
{%- endmacro %}

{#- One round: hook, follow, contract. `reach` is how many edges away a node looks for a smaller key. -#}
{% macro _contract_once(reach) -%}
    {%- do make_temporary('components_both', "select a_key as node_key, b_key as neighbour_key from components_edges "
        ~ "union all select b_key, a_key from components_edges") -%}
    {%- do make_temporary('components_lowest', "select node_key, min(least(node_key, neighbour_key)) as lowest_key from components_both group by node_key") -%}
    {%- for _ in range(reach - 1) -%}
        {%- do _replace_by_next('components_lowest', "select node_key, min(lowest_key) as lowest_key from ("
            ~ "select node_key, lowest_key from components_lowest union all "
            ~ "select ways.node_key, seen.lowest_key from components_both as ways "
            ~ "inner join components_lowest as seen on ways.neighbour_key = seen.node_key) as reached group by node_key") -%}
    {%- endfor -%}
    {%- for _ in range(2) -%}
        {%- do _replace_by_next('components_lowest', "select child.node_key, parent.lowest_key from components_lowest as child "
            ~ "inner join components_lowest as parent on child.lowest_key = parent.node_key") -%}
    {%- endfor -%}
    {%- do _replace_by_next('components_moved', "select moved.node_key, coalesce(lowest.lowest_key, moved.component_key) as component_key "
        ~ "from components_moved as moved left join components_lowest as lowest on moved.component_key = lowest.node_key") -%}
    {%- do _replace_by_next('components_edges', "select distinct a_end.lowest_key as a_key, b_end.lowest_key as b_key from components_edges as edge "
        ~ "inner join components_lowest as a_end on edge.a_key = a_end.node_key "
        ~ "inner join components_lowest as b_end on edge.b_key = b_end.node_key where a_end.lowest_key <> b_end.lowest_key") -%}
{%- endmacro %}

{#- A table that only this connection sees, until it drops it. -#}
{% macro make_temporary(name, query) -%}
    {%- do run_query("drop table if exists " ~ name) -%}
    {%- do run_query("create temporary table " ~ name ~ " as " ~ query) -%}
{%- endmacro %}

{% macro _replace_by_next(name, query) -%}
    {%- do make_temporary('components_next', query) -%}
    {%- do run_query("drop table " ~ name) -%}
    {%- do run_query("alter table components_next rename to " ~ name.split('.') | last) -%}
{%- endmacro %}
