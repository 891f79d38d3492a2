using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>A real redis-server that speaks TLS with a certificate of a private authority.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly int _port = Server.FreePort();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Certificate_of_an_authority_that_the_address_names_is_trusted_and_the_password_goes_with_it()
    {
        await using var redis = await RedisServer.StartAsync([.. _authority.Serve(_port, "127.0.0.1")]);
        await redis.CommandAsync("CONFIG", "SET", "requirepass", "token");
        await using var store = Create($"rediss://default:token@127.0.0.1:{_port}?ca={_authority.CaFile}");
        await store.OpenAsync(Stop);

        Assert.Equal(new BatchReply(BatchStatus.Applied, 1), await store.ApplyAsync(new SpendBatch("tls-1", store.PartitionOf(default), 1, []), Stop));
    }

    [Fact]
    public async Task Certificate_that_nobody_here_trusts_is_refused_with_what_would_be_right()
    {
        await using var redis = await RedisServer.StartAsync([.. _authority.Serve(_port, "127.0.0.1")]);
        var error = await RefusalAsync($"rediss://127.0.0.1:{_port}");

        Assert.Contains("Test authority", error.Message, StringComparison.Ordinal);
        Assert.Contains("?ca=FILE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_of_another_authority_than_the_address_names_is_refused()
    {
        using var other = new TestAuthority();
        await using var redis = await RedisServer.StartAsync([.. _authority.Serve(_port, "127.0.0.1")]);
        var error = await RefusalAsync($"rediss://127.0.0.1:{_port}?ca={other.CaFile}");

        Assert.Contains("no authority that signed it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_for_another_name_is_refused_with_the_names_that_it_is_for()
    {
        await using var redis = await RedisServer.StartAsync([.. _authority.Serve(_port, "redis.example.com")]);
        var error = await RefusalAsync($"rediss://127.0.0.1:{_port}?ca={_authority.CaFile}");

        Assert.Contains("redis.example.com", error.Message, StringComparison.Ordinal);
        Assert.Contains("Write the address with that name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Authority_that_cannot_be_read_is_refused_before_anything_is_connected()
    {
        var missing = Assert.Throws<FormatException>(() => Create("rediss://127.0.0.1:1?ca=/no/such/file.pem"));
        Assert.Contains("/no/such/file.pem", missing.Message, StringComparison.Ordinal);

        var file = Path.Combine(Path.GetDirectoryName(_authority.CaFile)!, "empty.pem");
        File.WriteAllText(file, "nothing");
        Assert.Contains("PEM", Assert.Throws<FormatException>(() => Create($"rediss://127.0.0.1:1?ca={file}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_shows_its_authority_and_takes_it_for_TLS_alone()
    {
        Assert.Equal("rediss://:***@host:6379/2?ca=/etc/my%20ca.pem", StoreAddress.Parse("rediss://default:a?b@host/2?ca=/etc/my%20ca.pem").Text);
        Assert.Contains("rediss://", Assert.Throws<FormatException>(() => StoreAddress.Parse("redis://host?ca=/ca.pem")).Message, StringComparison.Ordinal);
        foreach (var wrong in new[] { "rediss://host?ca=", "rediss://host?tls=no", "rediss://host?" })
        {
            Assert.Contains("ca=FILE", Assert.Throws<FormatException>(() => StoreAddress.Parse(wrong)).Message, StringComparison.Ordinal);
        }
    }

    private static ISpendStore Create(string address) =>
        SpendStores.Create(StoreAddress.Parse(address), new CostExporterOptions { StoreTimeout = TimeSpan.FromSeconds(3) }.ToStoreSettings());

    private static async Task<IOException> RefusalAsync(string address)
    {
        await using var store = Create(address);
        return await Assert.ThrowsAsync<IOException>(() => store.OpenAsync(Stop));
    }
}
