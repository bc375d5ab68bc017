"""What the order desk deals with, and what its tools take and return."""

import random
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

TODAY = date(2026, 3, 16)
PEOPLE = (
    *("Mara Lindqvist", "Tomas Okafor", "Ingrid Baptiste", "Devon Marsh", "Priya Castellan"),
    *("Jonas Verhoeven", "Lucia Ferrante", "Samuel Adeyemi", "Hanna Kowalska", "Rui Tavares"),
)
CITIES = ("Utrecht", "Porto", "Leeds", "Gdansk", "Lyon", "Austin", "Bergen", "Graz")
GOODS = {
    "Kitchen": (("Kettle Norvik", 39.9), ("Cast iron pan", 54.5), ("Bread knife Amberly", 24.0)),
    "Office": (("Desk lamp Lumora", 46.75), ("Keyboard Tidewell", 89.0), ("Paper tray", 18.25)),
    "Outdoor": (("Rain jacket Kestrel", 119.0), ("Hiking backpack", 98.5), ("Camp stove", 64.0)),
}
CARRIERS = ("Northline", "Parcelo", "BlueVan")
STATES = ("processing", "processing", "shipped", "shipped", "delivered", "delivered")
STREETS = ("12 Harbour Lane", "48 Mill Road", "7 Orchard Street", "230 Station Avenue")

Money = Annotated[float, Field(description="Amount in euros.")]
OrderId = Annotated[str, Field(description="Number of the order.", examples=["ORD-48213"])]
CustomerId = Annotated[str, Field(description="Number of the customer.", examples=["CUS-3071"])]
ProductId = Annotated[str, Field(description="Number of the product.", examples=["SKU-7042"])]
Delivery = Annotated[
    str, Field(description="Date of delivery.", json_schema_extra={"format": "date"})
]
RefundId = Annotated[str, Field(description="Number of the refund.", examples=["REF-5120"])]
Street = Annotated[str, Field(description="Street and house number.", examples=list(STREETS))]
Status = Literal["processing", "shipped", "delivered", "cancelled", "refunded"]


class Customer(TypedDict):
    """A customer's account."""

    customer_id: CustomerId
    full_name: str
    customer_city: str
    loyalty_points: int


class OrderLine(TypedDict):
    """An order in a list."""

    order_id: OrderId
    order_status: Status
    product_name: str


class OrderList(TypedDict):
    """The orders of a customer."""

    customer_id: CustomerId
    order_count: int
    orders: list[OrderLine]


class Order(TypedDict):
    """An order."""

    order_id: OrderId
    order_status: Status
    product_id: ProductId
    product_name: str
    order_quantity: int
    order_total: Money
    shipping_street: str


class Shipment(TypedDict):
    """A parcel on its way."""

    order_id: OrderId
    carrier: str
    tracking_number: str
    expected_on: Delivery


class Cancelled(TypedDict):
    """An order that is cancelled."""

    order_id: OrderId
    order_status: Status
    repaid_amount: Money


class Readdressed(TypedDict):
    """Where an order goes now."""

    order_id: OrderId
    shipping_street: str


class Refund(TypedDict):
    """A refund that was asked for."""

    refund_id: RefundId
    order_id: OrderId
    refund_amount: Money
    refund_status: Literal["in review", "approved"]


class Product(TypedDict):
    """A product in a list."""

    product_id: ProductId
    product_name: str
    price: Money


class Products(TypedDict):
    """The products of a category."""

    product_count: int
    products: list[Product]


class Stock(TypedDict):
    """How much of a product is there."""

    product_id: ProductId
    product_name: str
    units_in_stock: int
    price: Money


def delivery(rng: random.Random) -> dict[str, Any]:
    """Draw where an order goes, and when it comes or came."""
    return {
        "delivered": TODAY - timedelta(days=rng.choice((3, 8, 15, 21, 55))),
        "street": rng.choice(STREETS),
        "carrier": rng.choice(CARRIERS),
        "tracking": f"TRK{rng.randrange(100000, 999999)}",
        "expected": TODAY + timedelta(days=rng.randint(1, 5)),
    }
