"""What the order desk's tools take and return."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

STREETS = ("12 Harbour Lane", "48 Mill Road", "7 Orchard Street", "230 Station Avenue")

Money = Annotated[float, Field(description="Amount in euros.")]
OrderId = Annotated[str, Field(description="Number of the order.", examples=["ORD-48213"])]
CustomerId = Annotated[str, Field(description="Number of the customer.", examples=["CUS-3071"])]
ProductId = Annotated[str, Field(description="Number of the product.", examples=["SKU-7042"])]
RefundId = Annotated[str, Field(description="Number of the refund.", examples=["REF-5120"])]
Street = Annotated[str, Field(description="Street and house number.", examples=list(STREETS))]
Status = Literal["processing", "shipped", "delivered", "cancelled", "refunded"]


class Customer(TypedDict):
    customer_id: CustomerId
    full_name: str
    customer_city: str
    loyalty_points: int


class OrderLine(TypedDict):
    order_id: OrderId
    order_status: Status
    product_name: str


class OrderList(TypedDict):
    customer_id: CustomerId
    order_count: int
    orders: list[OrderLine]


class Order(TypedDict):
    order_id: OrderId
    order_status: Status
    product_id: ProductId
    product_name: str
    order_quantity: int
    order_total: Money
    shipping_street: str


class Shipment(TypedDict):
    order_id: OrderId
    carrier: str
    tracking_number: str
    expected_on: Annotated[
        str, Field(description="Date of delivery.", json_schema_extra={"format": "date"})
    ]


class Cancelled(TypedDict):
    order_id: OrderId
    order_status: Status
    repaid_amount: Money


class Readdressed(TypedDict):
    order_id: OrderId
    shipping_street: str


class Refund(TypedDict):
    refund_id: RefundId
    order_id: OrderId
    refund_amount: Money
    refund_status: Literal["in review", "approved"]


class Product(TypedDict):
    product_id: ProductId
    product_name: str
    price: Money


class Products(TypedDict):
    product_count: int
    products: list[Product]


class Stock(TypedDict):
    product_id: ProductId
    product_name: str
    units_in_stock: int
    price: Money
