"""Lists the buckets of an account that is made up: no network is used."""

import datetime

import boto3
from botocore.exceptions import ClientError
from botocore.stub import Stubber


def main():
    session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="eu-central-1")
    client = session.client("s3")
    with Stubber(client) as stub:
        created = datetime.datetime(2026, 1, 1)
        stub.add_response("list_buckets", {"Buckets": [{"Name": "pictures", "CreationDate": created}]})
        stub.add_client_error("get_object", "NoSuchKey", "it is not there", 404)
        for bucket in client.list_buckets()["Buckets"]:
            print(bucket["Name"], bucket["CreationDate"].date())
        try:
            client.get_object(Bucket="pictures", Key="cat.png")
        except ClientError as error:
            print(error)
    print(client.generate_presigned_url("get_object", {"Bucket": "pictures", "Key": "dog.png"}).partition("?")[0])
    print(session.resource("dynamodb").meta.service_name, "sqs" in session.get_available_services())
