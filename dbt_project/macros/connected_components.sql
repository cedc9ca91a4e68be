{#- Connected components by contraction: hook every node to its smallest neighbour, jump pointers, contract the edges to
    what they point to, repeat until none is left. Plain joins and group by, so it runs on any engine; a chain of 64
    takes 4 rounds. (Kiveris et al., "Connected Components in MapReduce and Beyond", 2014, is the family.)

    To be called as a pre-hook. `links` is a relation with left_key and right_key; `work` names the table that the
    model then reads: node_key, component_key (the smallest key of the component), one row per node that has a link. -#}
{% macro contract_components(links, work) -%}
    {%- if execute -%}
        {%- set edges, hooks, jumped = work ~ '_edges', work ~ '_hooks', work ~ '_jumped' -%}
        {%- do _rebuild(edges, "select distinct left_key as a_key, right_key as b_key from " ~ links ~ " where left_key <> right_key") -%}
        {%- do _rebuild(work, "select a_key as node_key, a_key as component_key from " ~ edges
            ~ " union select b_key as node_key, b_key as component_key from " ~ edges) -%}
        {%- set progress = namespace(rounds=0, is_open=true) -%}
        {%- for _ in range(40) if progress.is_open -%}
            {%- if run_query("select count(*) as edges from " ~ edges).columns[0].values()[0] == 0 -%}
                {%- set progress.is_open = false -%}
            {%- else -%}
                {%- set progress.rounds = progress.rounds + 1 -%}
                {%- do _rebuild(hooks, "select node_key, min(least(node_key, neighbour_key)) as parent_key from ("
                    ~ "select a_key as node_key, b_key as neighbour_key from " ~ edges
                    ~ " union all select b_key, a_key from " ~ edges ~ ") as both_ways group by node_key") -%}
                {%- for _ in range(3) -%}
                    {%- do _rebuild(jumped, "select child.node_key, parent.parent_key from " ~ hooks ~ " as child inner join "
                        ~ hooks ~ " as parent on child.parent_key = parent.node_key") -%}
                    {%- do _rebuild(hooks, "select node_key, parent_key from " ~ jumped) -%}
                {%- endfor -%}
                {%- do _rebuild(jumped, "select member.node_key, coalesce(hook.parent_key, member.component_key) as component_key from "
                    ~ work ~ " as member left join " ~ hooks ~ " as hook on member.component_key = hook.node_key") -%}
                {%- do _rebuild(work, "select node_key, component_key from " ~ jumped) -%}
                {%- do _rebuild(jumped, "select distinct a_hook.parent_key as a_key, b_hook.parent_key as b_key from " ~ edges
                    ~ " as edge inner join " ~ hooks ~ " as a_hook on edge.a_key = a_hook.node_key inner join " ~ hooks
                    ~ " as b_hook on edge.b_key = b_hook.node_key where a_hook.parent_key <> b_hook.parent_key") -%}
                {%- do _rebuild(edges, "select a_key, b_key from " ~ jumped) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if progress.is_open -%}
            {{ exceptions.raise_compiler_error("Identity did not settle in 40 rounds: look at " ~ edges ~ " for what is left.") }}
        {%- endif -%}
        {%- for name in [edges, hooks, jumped] -%}
            {%- do run_query("drop table if exists " ~ name) -%}
        {%- endfor -%}
        {%- do log("identity: components settled in " ~ progress.rounds ~ " rounds", info=true) -%}
    {%- endif -%}
{%- endmacro %}

{% macro _rebuild(name, query) -%}
    {%- do run_query("drop table if exists " ~ name) -%}
    {%- do run_query("create table " ~ name ~ " as " ~ query) -%}
{%- endmacro %}
