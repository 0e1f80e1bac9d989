-- What an approval is bound to besides text and area, when an alert is launched, looked at again, and taken back.

ALTER TABLE alert
  ADD COLUMN forecast    jsonb,       -- whom it reached when it was submitted, and how far that may be exceeded: part of the digest
  ADD COLUMN corrections jsonb,       -- texts of its retraction and its all-clear by language, approved with it: part of the digest
  ADD COLUMN template    text,        -- id and version of the template that it was made of
  ADD COLUMN warnings    jsonb NOT NULL DEFAULT '[]', -- what was found when it was written and does not stand against it: for the approver
  ADD COLUMN launch_at   timestamptz, -- a scheduled launch
  ADD COLUMN launch_by   jsonb,       -- who asked for that: person and roles
  ADD COLUMN launch_failed jsonb,     -- why a scheduled launch was refused when its time had come: at, code, message
  ADD COLUMN review_at   timestamptz, -- of a standing alert: who enters later is not told until somebody has looked at it again
  ADD COLUMN rehearses   uuid REFERENCES alert; -- the real alert that this Exercise is a copy of
CREATE INDEX alert_scheduled ON alert (launch_at) WHERE launch_at IS NOT NULL;

-- Two alerts of two issuers for the same people: neither is launched until somebody decides.
CREATE TABLE alert_overlap (
  alert_id   uuid        NOT NULL REFERENCES alert, -- the later one
  other_id   uuid        NOT NULL REFERENCES alert,
  found_at   timestamptz NOT NULL DEFAULT now(),
  decision   text CHECK (decision IN ('both', 'this', 'other')),
  decided_by text,
  decided_at timestamptz,
  reason     text,
  PRIMARY KEY (alert_id, other_id),
  CHECK ((decision IS NULL) = (decided_by IS NULL))
);
CREATE INDEX alert_overlap_of_other ON alert_overlap (other_id);

-- Nothing is overwritten: the newest row of an id stands; body null: taken back.
CREATE TABLE alert_template (
  version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id      text        NOT NULL,
  body    jsonb,                   -- src/alerts/templates.ts
  note    text,
  made_by text        NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX alert_template_of_id ON alert_template (id, version DESC);

-- Words whose spelling somebody who speaks the language has confirmed.
CREATE TABLE locked_term (
  language text        NOT NULL, -- primary subtag
  term     text        NOT NULL,
  meaning  text        NOT NULL, -- the same in all languages: tsunami
  made_by  text        NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (language, term)
);

-- Of the hazards, and of what texts tell people to do. A word that is one letter away from a term and no term itself is asked about.
INSERT INTO locked_term (language, term, meaning, made_by)
SELECT language, term, meaning, 'migration' FROM (VALUES
  ('ko', '지진', 'earthquake'),
  ('ko', '강진', 'earthquake'),
  ('ko', '여진', 'aftershock'),
  ('ko', '지진해일', 'tsunami'),
  ('ko', '쓰나미', 'tsunami'),
  ('ko', '홍수', 'flood'),
  ('ko', '침수', 'flood'),
  ('ko', '범람', 'flood'),
  ('ko', '폭우', 'heavy-rain'),
  ('ko', '호우', 'heavy-rain'),
  ('ko', '태풍', 'storm'),
  ('ko', '폭풍', 'storm'),
  ('ko', '허리케인', 'storm'),
  ('ko', '사이클론', 'storm'),
  ('ko', '산사태', 'landslide'),
  ('ko', '화산', 'volcano'),
  ('ko', '분화', 'volcano'),
  ('ko', '산불', 'wildfire'),
  ('ko', '화재', 'fire'),
  ('ko', '시위', 'unrest'),
  ('ko', '소요', 'unrest'),
  ('ko', '폭동', 'unrest'),
  ('ko', '쿠데타', 'unrest'),
  ('ko', '테러', 'terror'),
  ('ko', '폭발', 'explosion'),
  ('ko', '폭탄', 'explosion'),
  ('ko', '총격', 'shooting'),
  ('ko', '총기난사', 'shooting'),
  ('ko', '납치', 'kidnapping'),
  ('ko', '교전', 'war'),
  ('ko', '공습', 'war'),
  ('ko', '전쟁', 'war'),
  ('ko', '미사일', 'missile'),
  ('ko', '감염병', 'disease'),
  ('ko', '전염병', 'disease'),
  ('ko', '콜레라', 'disease'),
  ('ko', '에볼라', 'disease'),
  ('ko', '뎅기열', 'disease'),
  ('ko', '방사능', 'radiation'),
  ('ko', '방사선', 'radiation'),
  ('ko', '통행금지', 'curfew'),
  ('ko', '대피', 'evacuation'),
  ('ko', '대피소', 'shelter'),
  ('ko', '대사관', 'embassy'),
  ('ko', '영사관', 'consulate'),
  ('ko', '총영사관', 'consulate'),
  ('ko', '영사콜센터', 'consular-call-centre'),
  ('en', 'earthquake', 'earthquake'),
  ('en', 'aftershock', 'aftershock'),
  ('en', 'tsunami', 'tsunami'),
  ('en', 'flood', 'flood'),
  ('en', 'flooding', 'flood'),
  ('en', 'heavy rain', 'heavy-rain'),
  ('en', 'storm', 'storm'),
  ('en', 'typhoon', 'storm'),
  ('en', 'hurricane', 'storm'),
  ('en', 'cyclone', 'storm'),
  ('en', 'tornado', 'storm'),
  ('en', 'landslide', 'landslide'),
  ('en', 'mudslide', 'landslide'),
  ('en', 'volcano', 'volcano'),
  ('en', 'volcanic', 'volcano'),
  ('en', 'eruption', 'volcano'),
  ('en', 'wildfire', 'wildfire'),
  ('en', 'fire', 'fire'),
  ('en', 'unrest', 'unrest'),
  ('en', 'protest', 'unrest'),
  ('en', 'riot', 'unrest'),
  ('en', 'demonstration', 'unrest'),
  ('en', 'coup', 'unrest'),
  ('en', 'terror', 'terror'),
  ('en', 'terrorism', 'terror'),
  ('en', 'terrorist', 'terror'),
  ('en', 'explosion', 'explosion'),
  ('en', 'bomb', 'explosion'),
  ('en', 'gunfire', 'shooting'),
  ('en', 'gunman', 'shooting'),
  ('en', 'kidnap', 'kidnapping'),
  ('en', 'kidnapping', 'kidnapping'),
  ('en', 'air raid', 'war'),
  ('en', 'air strike', 'war'),
  ('en', 'airstrike', 'war'),
  ('en', 'missile', 'missile'),
  ('en', 'disease', 'disease'),
  ('en', 'outbreak', 'disease'),
  ('en', 'epidemic', 'disease'),
  ('en', 'cholera', 'disease'),
  ('en', 'ebola', 'disease'),
  ('en', 'dengue', 'disease'),
  ('en', 'radiation', 'radiation'),
  ('en', 'radioactive', 'radiation'),
  ('en', 'curfew', 'curfew'),
  ('en', 'evacuate', 'evacuation'),
  ('en', 'evacuation', 'evacuation'),
  ('en', 'shelter', 'shelter'),
  ('en', 'embassy', 'embassy'),
  ('en', 'consulate', 'consulate'),
  ('en', 'consular', 'consulate'),
  ('en', 'protect', 'protection')
) AS t (language, term, meaning);

CREATE TRIGGER alert_template_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_template
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nobody has confirmed their words yet: who uses one reads it, and so does the approver.
INSERT INTO alert_template (id, body, note, made_by) VALUES
('earthquake', '{
 "title": "Earthquake",
 "languages": [
  "ko",
  "en"
 ],
 "senderName": {
  "ko": "외교부",
  "en": "MOFA Korea"
 },
 "event": {
  "ko": "지진",
  "en": "Earthquake"
 },
 "category": [
  "Geo"
 ],
 "responseType": [
  "Evacuate"
 ],
 "urgency": "Immediate",
 "severity": "Extreme",
 "certainty": "Observed",
 "expiresHours": 24,
 "fields": {
  "place": {
   "kind": "text",
   "description": "where: country, region or city",
   "maxLength": 60
  },
  "time": {
   "kind": "time",
   "description": "when it happened, with the offset of the place"
  },
  "magnitude": {
   "kind": "number",
   "description": "magnitude",
   "min": 3,
   "max": 10,
   "decimals": 1
  },
  "action": {
   "kind": "choice",
   "description": "what to do",
   "options": {
    "leave-buildings": {
     "ko": "건물에서 나와 넓은 곳으로 대피하세요",
     "en": "Leave buildings for open ground"
    },
    "away-from-coast": {
     "ko": "즉시 해안을 떠나 고지대로 대피하세요",
     "en": "Leave the coast for high ground NOW"
    },
    "follow-authorities": {
     "ko": "현지 당국의 안내에 따르세요",
     "en": "Follow the local authorities"
    }
   }
  }
 },
 "texts": {
  "ko": "[외교부] {time} {place} 규모 {magnitude} 지진 발생. {action}. 여진과 건물붕괴에 유의하세요. 도움: 영사콜센터 +82-2-3210-0404",
  "en": "[MOFA Korea] {time}: M{magnitude} earthquake, {place}. {action}. Expect aftershocks; keep away from damaged buildings. Help: Consular Call Center +82-2-3210-0404"
 },
 "corrections": {
  "cancel": {
   "ko": "[외교부] 정정: 앞서 보낸 {place} 지진 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다. 도움: 영사콜센터 +82-2-3210-0404",
   "en": "[MOFA Korea] CORRECTION: the earthquake alert for {place} was sent in error. Please disregard it. Help: Consular Call Center +82-2-3210-0404"
  },
  "allClear": {
   "ko": "[외교부] 해제: 앞서 안내한 {place} 지진 상황이 해제되었습니다. 계속 현지 안전정보를 확인하시기 바랍니다.",
   "en": "[MOFA Korea] ALL CLEAR: the earthquake alert for {place} has ended. Keep following local safety information."
  }
 }
}', 'comes with the engine', 'migration'),
('tsunami', '{
 "title": "Tsunami",
 "languages": [
  "ko",
  "en"
 ],
 "senderName": {
  "ko": "외교부",
  "en": "MOFA Korea"
 },
 "event": {
  "ko": "지진해일",
  "en": "Tsunami"
 },
 "category": [
  "Geo"
 ],
 "responseType": [
  "Evacuate"
 ],
 "urgency": "Immediate",
 "severity": "Extreme",
 "certainty": "Likely",
 "expiresHours": 12,
 "fields": {
  "place": {
   "kind": "text",
   "description": "where: country, region or city",
   "maxLength": 60
  },
  "action": {
   "kind": "choice",
   "description": "what to do",
   "options": {
    "away-from-coast": {
     "ko": "즉시 해안을 떠나 고지대로 대피하세요",
     "en": "Leave the coast for high ground NOW"
    },
    "high-ground": {
     "ko": "저지대와 하천을 떠나 높은 곳으로 이동하세요",
     "en": "Leave low ground and rivers for higher ground"
    }
   }
  }
 },
 "texts": {
  "ko": "[외교부] {place} 지진해일 위험. {action}. 해제 안내 전까지 해안에 접근하지 마세요. 도움: 영사콜센터 +82-2-3210-0404",
  "en": "[MOFA Korea] Tsunami danger, {place}. {action}. Do not return to the coast before the all-clear. Help: Consular Call Center +82-2-3210-0404"
 },
 "corrections": {
  "cancel": {
   "ko": "[외교부] 정정: 앞서 보낸 {place} 지진해일 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다. 도움: 영사콜센터 +82-2-3210-0404",
   "en": "[MOFA Korea] CORRECTION: the tsunami alert for {place} was sent in error. Please disregard it. Help: Consular Call Center +82-2-3210-0404"
  },
  "allClear": {
   "ko": "[외교부] 해제: 앞서 안내한 {place} 지진해일 상황이 해제되었습니다. 계속 현지 안전정보를 확인하시기 바랍니다.",
   "en": "[MOFA Korea] ALL CLEAR: the tsunami alert for {place} has ended. Keep following local safety information."
  }
 }
}', 'comes with the engine', 'migration'),
('flood', '{
 "title": "Flood",
 "languages": [
  "ko",
  "en"
 ],
 "senderName": {
  "ko": "외교부",
  "en": "MOFA Korea"
 },
 "event": {
  "ko": "홍수",
  "en": "Flood"
 },
 "category": [
  "Met"
 ],
 "responseType": [
  "Avoid"
 ],
 "urgency": "Expected",
 "severity": "Severe",
 "certainty": "Likely",
 "expiresHours": 24,
 "fields": {
  "place": {
   "kind": "text",
   "description": "where: country, region or city",
   "maxLength": 60
  },
  "action": {
   "kind": "choice",
   "description": "what to do",
   "options": {
    "high-ground": {
     "ko": "저지대와 하천을 떠나 높은 곳으로 이동하세요",
     "en": "Leave low ground and rivers for higher ground"
    },
    "stay-indoors": {
     "ko": "외출을 삼가고 실내에 머무르세요",
     "en": "Stay indoors"
    },
    "avoid-area": {
     "ko": "해당 지역 방문을 삼가고, 체류 중이면 신속히 벗어나세요",
     "en": "Keep away; if you are there, leave promptly"
    }
   }
  }
 },
 "texts": {
  "ko": "[외교부] {place} 홍수 위험. {action}. 침수된 도로와 지하공간에 들어가지 마세요. 도움: 영사콜센터 +82-2-3210-0404",
  "en": "[MOFA Korea] Flood danger, {place}. {action}. Keep out of flooded roads and underground spaces. Help: Consular Call Center +82-2-3210-0404"
 },
 "corrections": {
  "cancel": {
   "ko": "[외교부] 정정: 앞서 보낸 {place} 홍수 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다. 도움: 영사콜센터 +82-2-3210-0404",
   "en": "[MOFA Korea] CORRECTION: the flood alert for {place} was sent in error. Please disregard it. Help: Consular Call Center +82-2-3210-0404"
  },
  "allClear": {
   "ko": "[외교부] 해제: 앞서 안내한 {place} 홍수 상황이 해제되었습니다. 계속 현지 안전정보를 확인하시기 바랍니다.",
   "en": "[MOFA Korea] ALL CLEAR: the flood alert for {place} has ended. Keep following local safety information."
  }
 }
}', 'comes with the engine', 'migration'),
('unrest', '{
 "title": "Unrest",
 "languages": [
  "ko",
  "en"
 ],
 "senderName": {
  "ko": "외교부",
  "en": "MOFA Korea"
 },
 "event": {
  "ko": "소요 사태",
  "en": "Civil unrest"
 },
 "category": [
  "Security"
 ],
 "responseType": [
  "Avoid"
 ],
 "urgency": "Expected",
 "severity": "Severe",
 "certainty": "Likely",
 "expiresHours": 48,
 "fields": {
  "place": {
   "kind": "text",
   "description": "where: country, region or city",
   "maxLength": 60
  },
  "action": {
   "kind": "choice",
   "description": "what to do",
   "options": {
    "avoid-crowds": {
     "ko": "시위 장소와 다중밀집지역을 피하세요",
     "en": "Keep away from rallies and crowds"
    },
    "stay-indoors": {
     "ko": "외출을 삼가고 실내에 머무르세요",
     "en": "Stay indoors"
    },
    "avoid-area": {
     "ko": "해당 지역 방문을 삼가고, 체류 중이면 신속히 벗어나세요",
     "en": "Keep away; if you are there, leave promptly"
    }
   }
  }
 },
 "texts": {
  "ko": "[외교부] {place} 시위·소요 발생. {action}. 현지 치안당국의 통제에 따르세요. 도움: 영사콜센터 +82-2-3210-0404",
  "en": "[MOFA Korea] Unrest, {place}. {action}. Obey security forces and curfews. Help: Consular Call Center +82-2-3210-0404"
 },
 "corrections": {
  "cancel": {
   "ko": "[외교부] 정정: 앞서 보낸 {place} 소요 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다. 도움: 영사콜센터 +82-2-3210-0404",
   "en": "[MOFA Korea] CORRECTION: the unrest alert for {place} was sent in error. Please disregard it. Help: Consular Call Center +82-2-3210-0404"
  },
  "allClear": {
   "ko": "[외교부] 해제: 앞서 안내한 {place} 소요 상황이 해제되었습니다. 계속 현지 안전정보를 확인하시기 바랍니다.",
   "en": "[MOFA Korea] ALL CLEAR: the unrest alert for {place} has ended. Keep following local safety information."
  }
 }
}', 'comes with the engine', 'migration'),
('terror', '{
 "title": "Terror attack",
 "languages": [
  "ko",
  "en"
 ],
 "senderName": {
  "ko": "외교부",
  "en": "MOFA Korea"
 },
 "event": {
  "ko": "테러",
  "en": "Terror attack"
 },
 "category": [
  "Security"
 ],
 "responseType": [
  "Avoid"
 ],
 "urgency": "Immediate",
 "severity": "Extreme",
 "certainty": "Observed",
 "expiresHours": 24,
 "fields": {
  "place": {
   "kind": "text",
   "description": "where: country, region or city",
   "maxLength": 60
  },
  "time": {
   "kind": "time",
   "description": "when it happened, with the offset of the place"
  },
  "action": {
   "kind": "choice",
   "description": "what to do",
   "options": {
    "avoid-area": {
     "ko": "해당 지역 방문을 삼가고, 체류 중이면 신속히 벗어나세요",
     "en": "Keep away; if you are there, leave promptly"
    },
    "stay-indoors": {
     "ko": "외출을 삼가고 실내에 머무르세요",
     "en": "Stay indoors"
    },
    "avoid-crowds": {
     "ko": "시위 장소와 다중밀집지역을 피하세요",
     "en": "Keep away from rallies and crowds"
    }
   }
  }
 },
 "texts": {
  "ko": "[외교부] {time} {place} 테러 발생. {action}. 추가 공격에 유의하고 가족에게 안전을 알리세요. 도움: 영사콜센터 +82-2-3210-0404",
  "en": "[MOFA Korea] {time}: terror attack, {place}. {action}. Further attacks are possible; tell your family that you are safe. Help: Consular Call Center +82-2-3210-0404"
 },
 "corrections": {
  "cancel": {
   "ko": "[외교부] 정정: 앞서 보낸 {place} 테러 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다. 도움: 영사콜센터 +82-2-3210-0404",
   "en": "[MOFA Korea] CORRECTION: the terror alert for {place} was sent in error. Please disregard it. Help: Consular Call Center +82-2-3210-0404"
  },
  "allClear": {
   "ko": "[외교부] 해제: 앞서 안내한 {place} 테러 상황이 해제되었습니다. 계속 현지 안전정보를 확인하시기 바랍니다.",
   "en": "[MOFA Korea] ALL CLEAR: the terror alert for {place} has ended. Keep following local safety information."
  }
 }
}', 'comes with the engine', 'migration'),
('disease', '{
 "title": "Infectious disease",
 "languages": [
  "ko",
  "en"
 ],
 "senderName": {
  "ko": "외교부",
  "en": "MOFA Korea"
 },
 "event": {
  "ko": "감염병",
  "en": "Infectious disease"
 },
 "category": [
  "Health"
 ],
 "responseType": [
  "Avoid"
 ],
 "urgency": "Expected",
 "severity": "Moderate",
 "certainty": "Observed",
 "expiresHours": 168,
 "fields": {
  "place": {
   "kind": "text",
   "description": "where: country, region or city",
   "maxLength": 60
  },
  "disease": {
   "kind": "text",
   "description": "name of the disease",
   "maxLength": 30
  },
  "action": {
   "kind": "choice",
   "description": "what to do",
   "options": {
    "hygiene": {
     "ko": "손 씻기와 안전한 물·음식 섭취를 지키고, 증상이 있으면 진료를 받으세요",
     "en": "Wash hands, use safe water and food; see a doctor if you have symptoms"
    },
    "avoid-area": {
     "ko": "해당 지역 방문을 삼가고, 체류 중이면 신속히 벗어나세요",
     "en": "Keep away; if you are there, leave promptly"
    },
    "follow-authorities": {
     "ko": "현지 당국의 안내에 따르세요",
     "en": "Follow the local authorities"
    }
   }
  }
 },
 "texts": {
  "ko": "[외교부] {place} 감염병({disease}) 유행. {action}. 도움: 영사콜센터 +82-2-3210-0404",
  "en": "[MOFA Korea] Outbreak of disease ({disease}), {place}. {action}. Help: Consular Call Center +82-2-3210-0404"
 },
 "corrections": {
  "cancel": {
   "ko": "[외교부] 정정: 앞서 보낸 {place} 감염병 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다. 도움: 영사콜센터 +82-2-3210-0404",
   "en": "[MOFA Korea] CORRECTION: the disease alert for {place} was sent in error. Please disregard it. Help: Consular Call Center +82-2-3210-0404"
  },
  "allClear": {
   "ko": "[외교부] 해제: 앞서 안내한 {place} 감염병 상황이 해제되었습니다. 계속 현지 안전정보를 확인하시기 바랍니다.",
   "en": "[MOFA Korea] ALL CLEAR: the disease alert for {place} has ended. Keep following local safety information."
  }
 }
}', 'comes with the engine', 'migration');
