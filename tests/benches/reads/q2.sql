SELECT json_build_object('communities', json_build_object('nodes', coalesce(json_agg(json_build_object('name', community.name,
    'needs', json_build_object('nodes', needs.nodes)) ORDER BY community.area_path, community.id), '[]'::json)))::text
FROM (
    SELECT party.id, party.name, party.area_path FROM area AS district
    JOIN party ON party.area_path >= district.path AND party.area_path < rtrim(district.path, '/') || '0'
    WHERE district.code = $1 AND party.kind = 'COMMUNITY' ORDER BY party.area_path, party.id LIMIT 20
) AS community
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('title', need.title, 'claims', json_build_object('nodes', claims.nodes))
        ORDER BY need.id DESC), '[]'::json) AS nodes
    FROM (
        SELECT id, title FROM list_item
        WHERE owner_id = community.id AND kind = 'NEED' AND status = 'PUBLISHED' AND visibility = 'PUBLIC' AND published_at IS NOT NULL
        ORDER BY id DESC LIMIT 5
    ) AS need
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('status', claim.status, 'claimant', json_build_object('name', claimant.name))
            ORDER BY claim.id DESC), '[]'::json) AS nodes
        FROM (SELECT id, status, claimant_id FROM claim WHERE item_id = need.id ORDER BY id DESC LIMIT 3) AS claim
        JOIN party AS claimant ON claimant.id = claim.claimant_id
    ) AS claims
) AS needs
