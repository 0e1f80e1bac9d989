-- Korean missions and the general entry texts. Names and numbers are facts to be verified by an operator before they are relied
-- on (verified_on is null until then). Where no number of the mission itself is set down, the consular call centre of the
-- ministry stands: it answers from everywhere, day and night.

INSERT INTO mission (id, country, name_ko, name_en, phone, is_embassy) VALUES
  ('tokyo',        'JP', '주일본대사관',       'Embassy in Japan',            '+81-3-3452-7611',   true),
  ('niigata',      'JP', '주니가타총영사관',   'Consulate General in Niigata', '+81-25-255-5555',   false),
  ('beijing',      'CN', '주중국대사관',       'Embassy in China',            '+86-10-8531-0700',  true),
  ('taipei',       'TW', '주타이베이대표부',   'Mission in Taipei',           '+886-2-2758-8320',  true),
  ('hong-kong',    'HK', '주홍콩총영사관',     'Consulate General in Hong Kong', '+852-2529-4141', true),
  ('hanoi',        'VN', '주베트남대사관',     'Embassy in Viet Nam',         '+84-24-3771-0404',  true),
  ('bangkok',      'TH', '주태국대사관',       'Embassy in Thailand',         '+66-2-481-6000',    true),
  ('manila',       'PH', '주필리핀대사관',     'Embassy in the Philippines',  '+63-2-8856-9210',   true),
  ('singapore',    'SG', '주싱가포르대사관',   'Embassy in Singapore',        '+65-6256-1188',     true),
  ('kuala-lumpur', 'MY', '주말레이시아대사관', 'Embassy in Malaysia',         '+60-3-4251-2336',   true),
  ('jakarta',      'ID', '주인도네시아대사관', 'Embassy in Indonesia',        '+62-21-2967-2555',  true),
  ('washington',   'US', '주미국대사관',       'Embassy in the United States', '+1-202-939-5600',  true),
  ('ottawa',       'CA', '주캐나다대사관',     'Embassy in Canada',           '+1-613-244-5010',   true),
  ('canberra',     'AU', '주호주대사관',       'Embassy in Australia',        '+61-2-6270-4100',   true),
  ('wellington',   'NZ', '주뉴질랜드대사관',   'Embassy in New Zealand',      '+64-4-473-9073',    true),
  ('london',       'GB', '주영국대사관',       'Embassy in the United Kingdom', '+44-20-7227-5500', true),
  ('paris',        'FR', '주프랑스대사관',     'Embassy in France',           '+33-1-4753-0101',   true),
  ('berlin',       'DE', '주독일대사관',       'Embassy in Germany',          '+49-30-260-650',    true),
  ('rome',         'IT', '주이탈리아대사관',   'Embassy in Italy',            '+39-06-802461',     true),
  ('madrid',       'ES', '주스페인대사관',     'Embassy in Spain',            '+34-91-353-2000',   true),
  ('ankara',       'TR', '주튀르키예대사관',   'Embassy in Türkiye',          '+90-312-468-4822',  true),
  ('abu-dhabi',    'AE', '주아랍에미리트대사관', 'Embassy in the United Arab Emirates', '+971-2-441-1520', true),
  ('new-delhi',    'IN', '주인도대사관',       'Embassy in India',            '+91-11-4200-7000',  true);

INSERT INTO entry_text (country, language, body) VALUES
  ('*',  'ko', '[외교부] {country} 방문 중 위급상황 시 {mission} {phone}, 영사콜센터 {callCentre}(24시간)로 연락하시기 바랍니다.'),
  ('**', 'ko', '[외교부] 해외 체류 중 위급상황 시 영사콜센터 {callCentre}(24시간)로 연락하시기 바랍니다. 현지 안전정보를 확인하십시오.'),
  ('*',  'en', '[MOFA] In an emergency in {country} call the {mission}, {phone}, or the consular call centre {callCentre} (24 h).'),
  ('**', 'en', '[MOFA] In an emergency abroad call the consular call centre {callCentre} (24 h).');
