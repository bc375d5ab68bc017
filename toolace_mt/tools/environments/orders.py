"""A shop's order desk: customers, orders, shipments and refunds, with a policy.

The policy: an order can be cancelled or sent elsewhere until it is shipped; a delivered one can be
refunded, once, within 30 days of delivery.
"""

import random
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from toolace_mt.tools.environments.orders_records import (
    CITIES,
    GOODS,
    PEOPLE,
    STATES,
    TODAY,
    Cancelled,
    Customer,
    CustomerId,
    Order,
    OrderId,
    OrderList,
    Product,
    ProductId,
    Products,
    Readdressed,
    Refund,
    Shipment,
    Stock,
    Street,
    delivery,
)
from toolace_mt.tools.environments.orders_said import SAID
from toolace_mt.tools.live.environment import usage

REFUND_DAYS = 30


class OrderDesk:
    """The state of one dialogue's shop."""

    def reset(self, seed: int) -> None:
        """Make customers, products and orders from the seed."""
        rng = random.Random(seed)
        self._rng = rng
        self._customers: dict[str, dict[str, Any]] = {}
        self._products: dict[str, dict[str, Any]] = {}
        self._orders: dict[str, dict[str, Any]] = {}
        self._refunds: dict[str, Refund] = {}
        people = rng.sample(PEOPLE, 4)
        for number, name in zip(rng.sample(range(2000, 9999), 4), people, strict=True):
            mail = f"{name.lower().replace(' ', '.')}@example.com"
            self._customers[f"CUS-{number}"] = {
                "full_name": name,
                "email": mail,
                "city": rng.choice(CITIES),
                "points": rng.randrange(40, 900),
            }
        numbers = iter(rng.sample(range(2000, 9999), 9))
        for category, goods in GOODS.items():
            for name, price in goods:
                stock = rng.choice((0, rng.randrange(3, 60), rng.randrange(3, 60)))
                about = {"name": name, "price": price, "category": category, "stock": stock}
                self._products[f"SKU-{next(numbers)}"] = about
        for number in rng.sample(range(20000, 99999), 10):
            self._new_order(
                f"ORD-{number}",
                rng.choice(list(self._customers)),
                rng.choice(list(self._products)),
                rng.randint(1, 3),
                rng.choice(STATES),
            )

    def _new_order(self, order: str, customer: str, product: str, count: int, status: str) -> None:
        self._orders[order] = {
            **{"customer": customer, "product": product, "count": count, "status": status},
            **delivery(self._rng),
        }

    def candidates(self, tool: str, parameter: str, chosen: dict[str, Any]) -> Sequence[Any]:  # noqa: ARG002
        """Return values that are there now, and for which the tool does what it is asked."""
        if parameter == "order_id":
            return [order for order, about in self._orders.items() if self._fits(tool, about)]
        owners = {about["customer"] for about in self._orders.values()}
        known: dict[str, list[Any]] = {
            "customer_id": [each for each in self._customers if each in owners],
            "email": [about["email"] for about in self._customers.values()],
            "product_id": [p for p, about in self._products.items() if about["stock"] > 3],
            "refund_id": list(self._refunds),
        }
        return known.get(parameter, [])

    def _fits(self, tool: str, order: dict[str, Any]) -> bool:
        status = order["status"]
        match tool:
            case "cancel_order" | "change_shipping_address":
                return bool(status == "processing")
            case "track_shipment":
                return bool(status == "shipped")
            case "request_refund":
                return bool(status == "delivered" and self._in_time(order))
        return True

    def _in_time(self, order: dict[str, Any]) -> bool:
        return bool((TODAY - order["delivered"]).days <= REFUND_DAYS)

    def _order(self, order_id: str) -> dict[str, Any]:
        if order_id not in self._orders:
            raise LookupError(f"Order {order_id} not found.")
        return self._orders[order_id]

    def _product(self, product_id: str) -> dict[str, Any]:
        if product_id not in self._products:
            raise LookupError(f"Product {product_id} not found.")
        return self._products[product_id]

    @usage(*SAID["find_customer"])
    def find_customer(self, email: Annotated[str, Field(examples=["ada@example.com"])]) -> Customer:
        """Finds a customer's account by the email address.

        Args:
            email: Email address of the account.
        """
        for number, about in self._customers.items():
            if about["email"] == email:
                return {
                    "customer_id": number,
                    "full_name": about["full_name"],
                    "customer_city": about["city"],
                    "loyalty_points": about["points"],
                }
        raise LookupError(f"No customer with the email {email}.")

    @usage(*SAID["list_orders"])
    def list_orders(self, customer_id: CustomerId) -> OrderList:
        """Lists the orders of a customer with their status."""
        if customer_id not in self._customers:
            raise LookupError(f"Customer {customer_id} not found.")
        own = [each for each in self._orders if self._orders[each]["customer"] == customer_id]
        lines = [self.get_order(each) for each in own]
        return {
            "customer_id": customer_id,
            "order_count": len(own),
            "orders": [
                {key: line[key] for key in ("order_id", "order_status", "product_name")}  # type: ignore[misc]
                for line in lines
            ],
        }

    @usage(*SAID["get_order"])
    def get_order(self, order_id: OrderId) -> Order:
        """Shows what is in an order, what it costs and how far it is."""
        order = self._order(order_id)
        product = self._products[order["product"]]
        return {
            "order_id": order_id,
            "order_status": order["status"],
            "product_id": order["product"],
            "product_name": product["name"],
            "order_quantity": order["count"],
            "order_total": round(order["count"] * product["price"], 2),
            "shipping_street": order["street"],
        }

    @usage(*SAID["track_shipment"])
    def track_shipment(self, order_id: OrderId) -> Shipment:
        """Tells where the parcel of a shipped order is and when it should arrive."""
        order = self._order(order_id)
        if order["status"] != "shipped":
            raise ValueError(f"Order {order_id} is not on its way: it is {order['status']}.")
        return {
            "order_id": order_id,
            "carrier": order["carrier"],
            "tracking_number": order["tracking"],
            "expected_on": order["expected"].isoformat(),
        }

    @usage(*SAID["cancel_order"])
    def cancel_order(
        self,
        order_id: OrderId,
        cancel_reason: Literal["ordered by mistake", "found it cheaper", "takes too long"],
    ) -> Cancelled:
        """Cancels an order that is not shipped yet and repays it.

        Args:
            cancel_reason: Why it is cancelled.
        """
        order = self._order(order_id)
        if order["status"] != "processing":
            raise PermissionError(f"Order {order_id} cannot be cancelled: it is {order['status']}.")
        order["status"], order["reason"] = "cancelled", cancel_reason
        total = self.get_order(order_id)["order_total"]
        return {"order_id": order_id, "order_status": "cancelled", "repaid_amount": total}

    @usage(*SAID["change_shipping_address"])
    def change_shipping_address(self, order_id: OrderId, shipping_street: Street) -> Readdressed:
        """Sends an order that is not shipped yet to another address."""
        order = self._order(order_id)
        if order["status"] != "processing":
            raise PermissionError(f"The address of {order_id} is fixed: it is {order['status']}.")
        order["street"] = shipping_street
        return {"order_id": order_id, "shipping_street": shipping_street}

    @usage(*SAID["request_refund"])
    def request_refund(
        self, order_id: OrderId, refund_reason: Literal["damaged", "not as described", "unwanted"]
    ) -> Refund:
        """Asks for the refund of an order delivered within the last 30 days.

        Args:
            refund_reason: What was wrong with the item.
        """
        order = self._order(order_id)
        if order["status"] != "delivered":
            raise PermissionError(f"Order {order_id} cannot be refunded: it is {order['status']}.")
        if not self._in_time(order):
            raise PermissionError(f"{order_id} was delivered more than {REFUND_DAYS} days ago.")
        order["status"] = "refunded"
        refund: Refund = {
            "refund_id": f"REF-{self._rng.randrange(2000, 9999)}",
            "order_id": order_id,
            "refund_amount": self.get_order(order_id)["order_total"],
            "refund_status": "in review" if refund_reason == "unwanted" else "approved",
        }
        self._refunds[refund["refund_id"]] = refund
        return refund

    @usage(*SAID["search_products"])
    def search_products(
        self, product_category: Literal["Kitchen", "Office", "Outdoor"]
    ) -> Products:
        """Lists the products of a category with their prices.

        Args:
            product_category: Category of the shop.
        """
        found = {p: a for p, a in self._products.items() if a["category"] == product_category}
        products: list[Product] = [
            {"product_id": number, "product_name": about["name"], "price": about["price"]}
            for number, about in found.items()
        ]
        return {"product_count": len(products), "products": products}

    @usage(*SAID["get_stock"])
    def get_stock(self, product_id: ProductId) -> Stock:
        """Tells how many units of a product are there and its price."""
        about = self._product(product_id)
        return {
            "product_id": product_id,
            "product_name": about["name"],
            "units_in_stock": about["stock"],
            "price": about["price"],
        }

    @usage(*SAID["place_order"])
    def place_order(
        self,
        customer_id: CustomerId,
        product_id: ProductId,
        order_quantity: Annotated[int, Field(ge=1, le=10, examples=[1, 2, 3])],
    ) -> Order:
        """Places an order of one product for a customer.

        Args:
            order_quantity: How many pieces.
        """
        if customer_id not in self._customers:
            raise LookupError(f"Customer {customer_id} not found.")
        about = self._product(product_id)
        if about["stock"] < order_quantity:
            raise ValueError(f"Only {about['stock']} units of {product_id} are in stock.")
        about["stock"] -= order_quantity
        order = f"ORD-{self._rng.randrange(20000, 99999)}"
        self._new_order(order, customer_id, product_id, order_quantity, "processing")
        return self.get_order(order)
