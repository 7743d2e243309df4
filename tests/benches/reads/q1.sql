SELECT json_build_object('community', json_build_object('name', party.name, 'area', json_build_object('name', one.name,
    'parent', json_build_object('name', two.name, 'parent', json_build_object('name', three.name,
    'parent', json_build_object('name', four.name))))))::text
FROM area AS one
JOIN party ON party.area_id = one.id AND party.kind = 'COMMUNITY'
JOIN area AS two ON two.id = one.parent_id
JOIN area AS three ON three.id = two.parent_id
JOIN area AS four ON four.id = three.parent_id
WHERE one.code = $1
