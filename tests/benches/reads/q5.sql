SELECT json_build_object('unit', json_build_object('name', unit.name, 'checkIns', json_build_object('nodes', theirs.nodes)))::text
FROM party AS unit
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('community', json_build_object('name', community.name,
        'checkIns', json_build_object('nodes', others.nodes))) ORDER BY one.id), '[]'::json) AS nodes
    FROM (SELECT id, community_id FROM check_in WHERE unit_id = unit.id AND status = 'CONFIRMED' ORDER BY id LIMIT 10) AS one
    JOIN party AS community ON community.id = one.community_id
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('unit', json_build_object('name', other.name)) ORDER BY two.id), '[]'::json) AS nodes
        FROM (SELECT id, unit_id FROM check_in WHERE community_id = community.id AND status = 'CONFIRMED' ORDER BY id LIMIT 10) AS two
        JOIN party AS other ON other.id = two.unit_id
    ) AS others
) AS theirs
WHERE unit.credit_code = $1
