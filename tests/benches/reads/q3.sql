WITH bound AS MATERIALIZED (
    SELECT area.path, rtrim(area.path, '/') || '0' AS beyond FROM area WHERE area.code = $1
), kind AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM category WHERE code = $2
), found AS MATERIALIZED (
    SELECT list_item.id, list_item.title, list_item.created_at FROM bound CROSS JOIN kind JOIN list_item
        ON list_item.area_path >= bound.path AND list_item.area_path < bound.beyond AND list_item.category_id = ANY(kind.ids)
    WHERE list_item.kind = 'NEED' AND list_item.status = 'PUBLISHED' AND list_item.visibility = 'PUBLIC'
        AND list_item.published_at IS NOT NULL
)
SELECT json_build_object('needs', json_build_object('totalCount', (SELECT least(count(*), 10000) FROM found), 'nodes',
    (SELECT coalesce(json_agg(json_build_object('title', title, 'createdAt', created_at) ORDER BY id DESC), '[]'::json)
     FROM (SELECT * FROM found ORDER BY id DESC LIMIT 20) AS page)))::text
