SELECT json_build_object('unit', json_build_object('name', unit.name, 'claims', json_build_object('nodes', claims.nodes)))::text
FROM party AS unit
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('status', page.status, 'quantity', page.quantity,
        'item', json_build_object('title', page.title)) ORDER BY page.id DESC), '[]'::json) AS nodes
    FROM (
        (SELECT claim.id, claim.status, claim.quantity, item.title FROM claim JOIN list_item AS item ON item.id = claim.item_id
            AND item.visibility = 'PUBLIC' AND item.published_at IS NOT NULL
         WHERE claim.claimant_id = unit.id ORDER BY claim.id DESC LIMIT 20)
        UNION ALL
        (SELECT claim.id, claim.status, claim.quantity, item.title FROM claim JOIN list_item AS item ON item.id = claim.item_id
            AND item.visibility = 'PUBLIC' AND item.published_at IS NOT NULL
         WHERE claim.owner_id = unit.id ORDER BY claim.id DESC LIMIT 20)
        ORDER BY id DESC LIMIT 20
    ) AS page
) AS claims
WHERE unit.credit_code = $1
