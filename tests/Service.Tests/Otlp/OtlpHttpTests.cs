using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;
using RpcStatus = LlmTelemetry.Service.Wire.Rpc.Status;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>What OTLP/HTTP says of requests and answers: docs/receiver.md.</summary>
public sealed class OtlpHttpTests
{
    private const string Logs = "/v1/logs";

    [Theory]
    [InlineData("application/x-protobuf", null)]
    [InlineData("application/x-protobuf", "gzip")]
    [InlineData("application/x-protobuf", "identity")]
    [InlineData("Application/X-Protobuf; charset=utf-8", "GZIP")]
    [InlineData("application/json", null)]
    [InlineData("application/json", "gzip")]
    [InlineData("application/json; charset=UTF-8", "x-gzip")]
    [InlineData("application/json; charset=\"utf-8\"", null)]
    public async Task Event_in_any_form_and_encoding_is_booked_and_answered_in_the_same_form(string type, string? encoding)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var isJson = type.Contains("json", StringComparison.Ordinal);
        var body = isJson ? JsonOf(Otlp.Body(7)) : Otlp.Logs(Otlp.Event(Otlp.Body(7))).ToByteArray();

        using var answer = await service.PostAsync(Logs, encoding is null or "identity" ? body : Otlp.Zip(body), type, encoding);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(isJson ? Otlp.Json : Otlp.Protobuf, answer.Content.Headers.ContentType!.ToString());
        Assert.Null((await answer.ReadAsync<ExportLogsServiceResponse>()).PartialSuccess); // The specification: unset.
        Assert.Equal(7, Assert.Single(service.Receiver.Calls).Record.Usage!.Value[UsageBucket.Input]);
        Assert.Equal(new TelemetrySource(null, "shop", null, null), Assert.Single(service.Receiver.Sources).Source);
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData(null, null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData("application/json", "br")]
    [InlineData("application/x-protobuf", "gzip, gzip")]
    [InlineData("application/x-protobuf", "deflate")]
    public async Task Unknown_types_and_encodings_are_unsupported(string? type, string? encoding)
    {
        await using var service = await OtlpUnderTest.StartAsync();

        using var answer = await service.PostAsync(Logs, JsonOf(Otlp.Body(1)), type, encoding);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.NotEmpty((await answer.ReadAsync<RpcStatus>()).Message);
        Assert.Empty(service.Receiver.Deliveries);
    }

    [Theory]
    [InlineData("/v1/metrics")]
    [InlineData("/v1/logs")]
    [InlineData("/v1/traces")]
    public async Task Empty_requests_are_accepted_and_nothing_is_booked(string path)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        foreach (var (body, type, encoding) in new[] { ("", Otlp.Protobuf, null), ("", Otlp.Protobuf, "gzip"), ("", Otlp.Json, null), ("{}", Otlp.Json, (string?)null) })
        {
            using var answer = await service.PostAsync(path, Encoding.UTF8.GetBytes(body), type, encoding);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        }

        Assert.Empty(service.Receiver.Deliveries);
    }

    [Theory]
    [InlineData("GET", HttpStatusCode.MethodNotAllowed)]
    [InlineData("HEAD", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", HttpStatusCode.MethodNotAllowed)]
    [InlineData("OPTIONS", HttpStatusCode.NoContent)]
    public async Task Other_methods_are_told_which_one_is_right(string method, HttpStatusCode status)
    {
        await using var service = await OtlpUnderTest.StartAsync();

        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/traces");
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData(Otlp.Protobuf)]
    [InlineData(Otlp.Json)]
    public async Task What_can_never_be_read_is_a_bad_request_with_details(string type)
    {
        await using var service = await OtlpUnderTest.StartAsync();

        using var answer = await service.PostAsync(Logs, "\n\u0005ab"u8.ToArray(), type);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        var status = await answer.ReadAsync<RpcStatus>();
        Assert.Equal(3, status.Code);
        Assert.NotEmpty(status.Message);
        Assert.Equal(status.Message, Assert.Single(Assert.Single(status.Details).Unpack<Wire.Rpc.BadRequest>().FieldViolations).Description);
        Assert.Empty(service.Receiver.Deliveries);
    }

    [Fact]
    public async Task Bad_events_are_rejected_and_the_others_are_booked()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var request = Otlp.Logs(
            Otlp.Event(Otlp.Body(1)),
            Otlp.Event("{}"),
            new LogRecord { EventName = "llm.usage.event", Body = new AnyValue { IntValue = 1 } },
            new LogRecord { EventName = "something.else", Body = new AnyValue { StringValue = "the prompt" } },
            new LogRecord { Attributes = { Otlp.Attribute("event.name", "llm.usage.event") }, Body = new AnyValue { StringValue = Otlp.Body(2) } },
            new LogRecord { EventName = "something.else", Attributes = { Otlp.Attribute("event.name", "llm.usage.event") }, Body = new AnyValue { StringValue = Otlp.Body(4) } });

        using var answer = await service.PostAsync(Logs, request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var partial = (await answer.ReadAsync<ExportLogsServiceResponse>()).PartialSuccess;
        Assert.Equal(2, partial.RejectedLogRecords);
        Assert.NotEmpty(partial.ErrorMessage);
        Assert.Equal([1, 2], service.Receiver.Calls.Select(call => call.Record.Usage!.Value[UsageBucket.Input]).Order());
    }

    [Fact]
    public async Task What_the_receiver_rejects_adds_to_what_could_not_be_read()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        service.Receiver.Answer = (_, _) => Task.FromResult(new DeliveryReply(IsBooked: true, Rejected: 1, Message: "It is too old."));

        using var answer = await service.PostAsync(Logs, JsonOf("{}", Otlp.Body(2)), Otlp.Json);

        var partial = (await answer.ReadAsync<ExportLogsServiceResponse>()).PartialSuccess;
        Assert.Equal(2, partial.RejectedLogRecords);
        Assert.EndsWith("; It is too old.", partial.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("\"rejectedLogRecords\": \"2\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2_500, "3")]
    [InlineData(1, "1")]
    [InlineData(null, "5")]
    public async Task What_the_store_does_not_take_is_to_be_sent_again(int? milliseconds, string seconds)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        TimeSpan? wait = milliseconds is { } some ? TimeSpan.FromMilliseconds(some) : null;
        service.Receiver.Answer = (_, _) => Task.FromResult(new DeliveryReply(IsBooked: false, RetryAfter: wait));

        using var answer = await service.PostAsync(Logs, Otlp.Logs(Otlp.Event(Otlp.Body(1))));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(seconds, answer.Headers.GetValues("Retry-After").Single());
        Assert.NotEmpty((await answer.ReadAsync<RpcStatus>()).Message);
    }

    [Fact]
    public async Task Receiver_that_fails_is_a_fault_of_the_service_and_the_next_request_is_booked()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        service.Receiver.Answer = (_, _) => throw new InvalidOperationException("redis://user:password@host");
        using (var failed = await service.PostAsync(Logs, Otlp.Logs(Otlp.Event(Otlp.Body(1)))))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
            Assert.DoesNotContain("password", (await failed.ReadAsync<RpcStatus>()).Message, StringComparison.Ordinal);
        }

        service.Receiver.Answer = (_, _) => Task.FromResult(new DeliveryReply(IsBooked: true));
        using var next = await service.PostAsync(Logs, Otlp.Logs(Otlp.Event(Otlp.Body(1))));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Delivery_is_of_the_tenant_of_the_key()
    {
        await using var service = await OtlpUnderTest.StartAsync(new ApiCaller("key", ApiScopes.Write, "acme"));

        using var answer = await service.PostAsync(Logs, Otlp.Logs(Otlp.Event(Otlp.Body(1))));

        Assert.Equal("acme", Assert.Single(service.Receiver.Deliveries).Tenant);
    }

    [Fact]
    public async Task Body_that_ends_before_its_length_books_nothing()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var body = Otlp.Logs(Otlp.Event(Otlp.Body(1))).ToByteArray();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(service.Url.Host, service.Url.Port, TestContext.Current.CancellationToken);
            var head = $"POST /v1/logs HTTP/1.1\r\nHost: {service.Url.Authority}\r\nContent-Type: {Otlp.Protobuf}\r\nContent-Length: {body.Length + 1}\r\n\r\n";
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head).Concat(body).ToArray(), TestContext.Current.CancellationToken);
            client.Client.Shutdown(SocketShutdown.Send);
            var answer = new byte[1_000];
            var length = 0;
            try
            {
                length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // The server may end the connection without an answer.
            }

            Assert.DoesNotContain("200 OK", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
        }

        Assert.Empty(service.Receiver.Deliveries);
    }

    [Theory]
    [InlineData("zz")]
    [InlineData("-1")]
    [InlineData("ffffffffff")]
    public async Task Chunk_whose_length_is_none_is_the_senders_fault(string length)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(service.Url.Host, service.Url.Port, TestContext.Current.CancellationToken);
        var request = $"POST /v1/logs HTTP/1.1\r\nHost: {service.Url.Authority}\r\nContent-Type: {Otlp.Protobuf}\r\nTransfer-Encoding: chunked\r\n\r\n{length}\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 400", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(service.Receiver.Deliveries);
    }

    [Fact]
    public async Task Client_that_sends_too_slowly_is_not_waited_for_and_sends_again()
    {
        await using var service = await OtlpUnderTest.StartAsync(kestrel: options => options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 1_000_000, gracePeriod: TimeSpan.FromSeconds(1.1)));
        using var client = new TcpClient();
        await client.ConnectAsync(service.Url.Host, service.Url.Port, TestContext.Current.CancellationToken);
        var head = $"POST /v1/logs HTTP/1.1\r\nHost: {service.Url.Authority}\r\nContent-Type: {Otlp.Protobuf}\r\nContent-Length: 1000\r\n\r\n\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 5\r\n", answer, StringComparison.Ordinal);
        Assert.Empty(service.Receiver.Deliveries);
    }

    [Fact]
    public async Task Sender_that_gives_up_ends_the_booking()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        service.Receiver.Answer = async (_, cancellationToken) =>
        {
            await using var registration = cancellationToken.Register(ended.SetResult);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        };
        using var content = new ByteArrayContent(Otlp.Logs(Otlp.Event(Otlp.Body(1))).ToByteArray());
        content.Headers.ContentType = new(Otlp.Protobuf);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var post = service.Http.PostAsync(new Uri(Logs, UriKind.Relative), content, giveUp.Token);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await giveUp.CancelAsync();

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => post);
    }

    private static byte[] JsonOf(params IEnumerable<string> bodies)
    {
        var records = string.Join(',', bodies.Select(body =>
            $$$"""{"eventName":"llm.usage.event","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","timeUnixNano":"1763812800000000000","body":{"stringValue":{{{System.Text.Json.JsonSerializer.Serialize(body)}}}}}"""));
        return Encoding.UTF8.GetBytes(
            $$$"""{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"unknown":[{"a":{}}],"logRecords":[{{{records}}}]}]}]}""");
    }
}
