"""Documents of every kind with every place filled; organisations and people are made up and say so."""

from typing import Any

SRO = {"name": "Ассоциация «СРО Пример»", "ogrn": "1097799000001", "inn": "7700000001"}


def party(name: str, number: int) -> dict[str, Any]:
    return {
        "kind": "legal_entity",
        "name": name,
        "ogrn": f"102770000000{number}",
        "inn": f"770{number}00000{number}",
        "address": f"г. Примерск, ул. Примерная, д. {number}",
        "phone_or_fax": f"+7 495 000-00-0{number}",
        "sro": SRO,
    }


def person(name: str, position: str) -> dict[str, Any]:
    return {"position": position, "name_initials": name}


def representative(name: str, position: str, **more: Any) -> dict[str, Any]:
    order = {"name": "приказ", "number": f"15-{name[0]}", "date": "2026-03-02"}
    return {"position": position, "name_initials": name, "authority_document": order, **more}


OBJECT = {"name": "Жилой дом № 3, ЖК «Пример»", "address": "г. Примерск, ул. Лесная, стр. 3"}
PARTIES = {
    "object": OBJECT,
    "customer": {"role": "технический заказчик", "party": party("ООО «ТехЗаказ»", 1)},
    "contractor": party("ООО «СтройМонтаж»", 2),
    "designer": party("ООО «Проект»", 3),
    "representatives": {
        "customer_control": representative("Петров П.П.", "инженер строительного контроля", nrs_id="С-77-000001"),
        "contractor": representative("Иванов И.И.", "прораб"),
        "contractor_control": representative("Сидоров С.С.", "инженер СК", nrs_id="С-77-000002"),
    },
    "executor_name": "ООО «СтройМонтаж»",
}
ACT: dict[str, Any] = {
    **PARTIES,
    "number": "КЖ1-14",
    "date": "2026-11-20",
    "works": [{"name": "Армирование фундаментной плиты", "location": "оси 1–7/А–Г, отм. -3,200"}],
    "project_docs": [{"cipher": "24-01-КЖ1", "sheets": ["7"]}],
    "materials": [
        {
            "name": "Арматура А500С Ø12",
            "quantity": "2400.5",
            "unit": "м",
            "documents": [{"name": "сертификат", "number": "4512", "date": "2026-09-03"}],
        }
    ],
    "evidence_docs": [
        {"kind": "исполнительная схема", "name": "Исполнительная схема", "number": "14", "date": "2026-11-18"}
    ],
    "work_dates": {"start": "2026-11-11", "end": "2026-11-18"},
    "compliance": [{"designation": "24-01-КЖ1", "clause": "лист 7"}],
    "next_works": ["Бетонирование фундаментной плиты"],
    "medium": "бумажный",
    "copies": 3,
}
_CLAUSES = {key: ACT[key] for key in ("number", "date", "project_docs", "materials", "evidence_docs", "compliance")}
_HIDDEN = {
    **PARTIES,
    **_CLAUSES,
    "hidden_work_acts": [{"number": "31", "date": "2026-11-10"}],
    "tests": [{"name": "Испытание на пролив", "act_number": "5", "date": "2026-11-17"}],
    "date_start": "2026-11-02",
    "date_end": "2026-11-16",
}
_CONTRACT = {
    "parties": {
        "investor": {**party("АО «Инвестор»", 4), "okpo": "44444444"},
        "customer": {**party("ООО «ТехЗаказ»", 1), "okpo": "11111111"},
        "contractor": {**party("ООО «СтройМонтаж»", 2), "okpo": "22222222"},
    },
    "contract": {"construction": "Квартал «Пример»", "object": "Жилой дом № 3", "number": "17-П", "date": "2026-02-01"},
    "number": "4",
    "date": "2026-11-30",
    "period_start": "2026-11-01",
    "period_end": "2026-11-30",
}
SAMPLES: dict[str, dict[str, Any]] = {
    "aosr": ACT,
    "aook": {
        **_HIDDEN,
        "structures": ["Монолитная фундаментная плита ФП-1"],
        "location": "оси 1–7/А–Г",
        "decision": "использование конструкций по назначению",
    },
    "aousito": {
        **_HIDDEN,
        "network_sections": [{"name": "Наружная канализация К1", "quantity": "118", "unit": "м"}],
        "location": "от колодца 3 до колодца 7",
        "tech_conditions": "ТУ № 8 от 01.02.2026, водоканал",
    },
    "material_intake": {
        "object": OBJECT,
        "contractor": party("ООО «СтройМонтаж»", 2),
        "number": "41",
        "delivery_date": "2026-11-20",
        "material": "Бетонная смесь БСТ В25 П4 F200 W6",
        "quantity": "28",
        "unit": "м3",
        "supplier": "БЗ «Монолит Пример»",
        "documents": [{"name": "документ о качестве", "number": "1187"}],
        "control_kind": "визуальный",
        "result": "принято, замечаний нет",
        "lab_decision": "отобраны образцы-кубы",
        "signatures": [{"role": "Представитель подрядчика", **person("Иванов И.И.", "прораб")}],
    },
    "work_log": {
        "object": OBJECT,
        "number": "127",
        "date": "2026-11-20",
        "conditions": "−4 °C, ветер слабый",
        "works": [{"name": "Бетонирование стен", "quantity": "42", "unit": "м3", "method": "бетононасосом"}],
        "location": "этаж −1, оси 1–4/В–Д",
        "crew": {"people": 12},
        "representative": person("Иванов И.И.", "прораб"),
    },
    "violation_notice": {
        "object": OBJECT,
        "issued_by": person("Петров П.П.", "инженер строительного контроля"),
        "number": "12",
        "date": "2026-11-20",
        "location": "секция 2, 4 этаж, край перекрытия",
        "violations": [
            {"description": "Нет ограждения", "extent": "около 15 м"},
            {"description": "Работник без каски"},
        ],
        "norms": [{"designation": "24-01-ППР", "clause": "лист 3"}],
        "deadline": "2026-11-20T18:00",
        "responsible": "бригадир Кузнецов",
        "immediate_action": "остановить работы у края",
    },
    "work_suspension": {
        "object": OBJECT,
        "number": "2",
        "date": "2026-11-20",
        "stop_at": "2026-11-20T14:20",
        "works": "Монтаж колонн башенным краном",
        "location": "корпус 3",
        "reason": "порывы ветра до 15 м/с",
        "measures": "груз опущен; возобновить после снижения ветра",
        "addressee": "технический надзор",
        "signatures": [{"role": "Представитель подрядчика", **person("Иванов И.И.", "прораб")}],
    },
    "defect_list": {
        "object": OBJECT,
        "number": "3",
        "date": "2026-11-20",
        "location": "подъезд 1",
        "items": [
            {"element": "Штукатурка", "defect": "отслоение", "quantity": "22", "unit": "м2", "action": "оштукатурить"},
            {"element": "Плитка", "defect": "разбита", "quantity": "3.5", "unit": "м2", "action": "заменить"},
        ],
        "commission": [{"role": "Председатель комиссии", **person("Петров П.П.", "инженер")}],
    },
    "ks2": {
        **_CONTRACT,
        "estimate_cost": "12000000",
        "rows": [
            {"name": "Кладка стен", "unit": "м3", "quantity": "120", "unit_price": "8500", "cost": "1020000"},
            {"name": "Перегородки", "unit": "м2", "quantity": "450", "unit_price": "1200", "cost": "540000"},
        ],
        "total": "1560000",
        "signatures": {"handed_over": person("Иванов И.И.", "прораб"), "accepted": person("Петров П.П.", "инженер")},
    },
    "ks3": {
        **_CONTRACT,
        "rows": [{"name": "Жилой дом № 3", "since_start": "4560000", "since_year": "4560000", "period": "1560000"}],
        "totals": {"net": "1560000", "vat": "343200", "gross": "1903200"},
        "signatures": {"customer": person("Петров П.П.", "директор"), "contractor": person("Иванов И.И.", "прораб")},
    },
    "material_request": {
        "object": OBJECT,
        "number": "8",
        "date": "2026-11-20",
        "items": [{"name": "Цемент М500, мешок 50 кг", "quantity": "100", "unit": "мешок"}],
        "need_by": "2026-11-23",
        "delivery_place": "корпус 2",
        "purpose": "кладка",
        "requester": person("Иванов И.И.", "прораб"),
    },
}
