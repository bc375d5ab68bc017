"""What is said around the order desk's tools: a user's words and a reply, values as slots."""

SAID: dict[str, tuple[tuple[str, str], ...]] = {
    "find_customer": (
        (
            "My account is under {email}. Can you look me up?",
            "I found the account of {outputs.full_name}, customer {outputs.customer_id}.",
        ),
        (
            "How many points does the account {email} have?",
            "The account {outputs.customer_id} has {outputs.loyalty_points} points.",
        ),
    ),
    "list_orders": (
        (
            "Please list the orders of customer {customer_id}.",
            (
                "The latest is {outputs.orders[0].order_id}, and it is"
                " {outputs.orders[0].order_status}."
            ),
        ),
        (
            "What has customer {customer_id} ordered so far?",
            ("I see a {outputs.orders[0].product_name}, ordered as {outputs.orders[0].order_id}."),
        ),
    ),
    "get_order": (
        (
            "What is the status of order {order_id}?",
            "Order {order_id} is {outputs.order_status}. It is for {outputs.product_name}.",
        ),
        (
            "Can you show me the details of my order {order_id}?",
            (
                "It is a {outputs.product_name} for {outputs.order_total} euros in total,"
                " and the order is {outputs.order_status}."
            ),
        ),
    ),
    "track_shipment": (
        (
            "Where is my parcel? The order is {order_id}.",
            (
                "It is on its way with {outputs.carrier} under the number"
                " {outputs.tracking_number}. It should arrive on {outputs.expected_on}."
            ),
        ),
        (
            "When will order {order_id} arrive?",
            "{outputs.carrier} expects to deliver it on {outputs.expected_on}.",
        ),
    ),
    "cancel_order": (
        (
            "Please cancel order {order_id}, the reason is {cancel_reason}.",
            (
                "Order {order_id} is {outputs.order_status}, {outputs.repaid_amount} euros"
                " are repaid."
            ),
        ),
        (
            "I want to cancel {order_id} because of this: {cancel_reason}.",
            (
                "Done, the order is {outputs.order_status}. You get {outputs.repaid_amount}"
                " euros back."
            ),
        ),
    ),
    "change_shipping_address": (
        (
            "Please send order {order_id} to {shipping_street} instead.",
            "Order {order_id} will now go to {outputs.shipping_street}.",
        ),
        (
            "I have moved. Can order {order_id} go to {shipping_street}?",
            "Yes, I have changed the address of {order_id} to {outputs.shipping_street}.",
        ),
    ),
    "request_refund": (
        (
            "I would like my money back for {order_id}, the item was {refund_reason}.",
            (
                "The refund {outputs.refund_id} of {outputs.refund_amount} euros is"
                " {outputs.refund_status}."
            ),
        ),
        (
            "Order {order_id} came in and it was {refund_reason}. Can you refund it?",
            (
                "I have asked for {outputs.refund_amount} euros back. The refund is"
                " {outputs.refund_id}."
            ),
        ),
    ),
    "search_products": (
        (
            "What do you have in the category {product_category}?",
            (
                "There are {outputs.product_count} products, such as the"
                " {outputs.products[0].product_name} for {outputs.products[0].price} euros."
            ),
        ),
        (
            "I am looking for something from {product_category}.",
            (
                "How about the {outputs.products[0].product_name}? Its number is"
                " {outputs.products[0].product_id}."
            ),
        ),
    ),
    "get_stock": (
        (
            "Is {product_id} in stock?",
            "There are {outputs.units_in_stock} units of the {outputs.product_name}.",
        ),
        (
            "How many of {product_id} do you have, and what does it cost?",
            (
                "We have {outputs.units_in_stock} of the {outputs.product_name}, for"
                " {outputs.price} euros each."
            ),
        ),
    ),
    "place_order": (
        (
            "Please order {order_quantity} of {product_id} for customer {customer_id}.",
            ("I have placed order {outputs.order_id}. It comes to {outputs.order_total} euros."),
        ),
        (
            "Customer {customer_id} would like {order_quantity} pieces of {product_id}.",
            (
                "The order is {outputs.order_id}, {outputs.product_name} for"
                " {outputs.order_total} euros."
            ),
        ),
    ),
}
