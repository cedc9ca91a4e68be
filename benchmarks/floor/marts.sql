create table by_hand.orders as select order_id from profiles.profile_orders;
