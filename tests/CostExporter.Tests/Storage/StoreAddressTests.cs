using System.Net;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class StoreAddressTests
{
    [Theory]
    [InlineData("sqlite:llmtelemetry.db", "llmtelemetry.db")]
    [InlineData("SQLite:data/a b.db", "data/a b.db")]
    [InlineData("sqlite:/var/lib/x.db", "/var/lib/x.db")]
    [InlineData("sqlite:///var/lib/x.db", "///var/lib/x.db")]
    [InlineData(" sqlite:x.db ", "x.db")]
    [InlineData("sqlite:redis.db", "redis.db")]
    public void Sqlite_address_names_its_file(string text, string file)
    {
        var address = StoreAddress.Parse(text);
        Assert.Equal(file, address.File);
        Assert.Null(address.Redis);
    }

    [Fact]
    public void Sqlite_memory_has_no_file()
    {
        var address = StoreAddress.Parse("sqlite::memory:");
        Assert.Null(address.File);
        Assert.Null(address.Redis);
        Assert.Equal("sqlite::memory:", address.ToString());
    }

    [Theory]
    [InlineData("redis://localhost", "redis://localhost:6379")]
    [InlineData("redis://localhost:6380/3", "redis://localhost:6380/3")]
    [InlineData("redis://localhost:6380/", "redis://localhost:6380")]
    [InlineData("redis:10.0.0.1:6380", "redis://10.0.0.1:6380")]
    [InlineData("redis:cache", "redis://cache:6379")]
    [InlineData("rediss://cache.example.com:6380", "rediss://cache.example.com:6380")]
    [InlineData("redis://a:1,b:2,c", "redis://a:1,b:2,c:6379")]
    [InlineData("redis://a:1,b:2/4", "redis://a:1/4,b:2")]
    [InlineData("redis://[::1]", "redis://[::1]:6379")]
    [InlineData("redis://[2001:db8::5]:7000/1,b", "redis://[2001:db8::5]:7000/1,b:6379")]
    [InlineData("REDIS://Host:1", "redis://Host:1")]
    public void Redis_address_is_understood(string text, string canonical) => Assert.Equal(canonical, StoreAddress.Parse(text).ToString());

    [Theory]
    [InlineData("redis://:secret@localhost:6379", "secret")]
    [InlineData("redis://default:secret@localhost", "secret")]
    [InlineData("rediss://:p%40ss%3Aw%2F%25@localhost", "p@ss:w/%")]
    [InlineData("redis://:a@b:c,d/e@localhost", "a@b:c,d/e")]
    [InlineData("redis://:%C3%A4@localhost", "ä")]
    public void Password_is_decoded_and_never_printed(string text, string password)
    {
        var address = StoreAddress.Parse(text);
        Assert.Equal(password, address.Redis!.Password);
        Assert.Null(address.Redis.User);
        Assert.Equal(text.StartsWith("rediss", StringComparison.Ordinal), address.Redis.Tls);
        Assert.DoesNotContain(password, address.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(password, address.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(password, address.Redis.ToString(), StringComparison.Ordinal);
        Assert.Contains(":***@localhost", address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ipv6_server_keeps_its_port_apart()
    {
        var server = Assert.IsType<IPEndPoint>(Assert.Single(StoreAddress.Parse("redis://[::1]:7000").Redis!.Servers));
        Assert.Equal(IPAddress.IPv6Loopback, server.Address);
        Assert.Equal(7000, server.Port);
    }

#if FULL_FEED
    [Fact]
    public void Named_user_is_kept_and_its_password_masked()
    {
        var address = StoreAddress.Parse("redis://ops:hunter2@localhost");
        Assert.Equal(("ops", "hunter2"), (address.Redis!.User, address.Redis.Password));
        Assert.Equal("redis://ops:***@localhost:6379", address.ToString());
    }
#else
    [Fact]
    public void Named_user_is_refused_where_the_client_cannot_sign_in_as_one()
    {
        var refusal = Assert.Throws<FormatException>(() => StoreAddress.Parse("redis://ops:hunter2@localhost"));
        Assert.Contains("redis://:PASSWORD@", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }
#endif

    [Theory]
    [InlineData("", "sqlite:")]
    [InlineData("llmtelemetry.db", "sqlite:")]
    [InlineData("mysql://localhost", "redis://")]
    [InlineData("sqlite:", "sqlite:FILE")]
    [InlineData("sqlite://data/x.db", "sqlite:data/x.db")]
    [InlineData("https://abc.upstash.io", "rediss://")]
    [InlineData("redis://", "HOST")]
    [InlineData("redis:", "HOST")]
    [InlineData("redis://a,,b", "HOST")]
    [InlineData("redis://a:0", "port")]
    [InlineData("redis://a:65536", "port")]
    [InlineData("redis://a:x", "port")]
    [InlineData("redis://::1", "bracket")]
    [InlineData("redis://[::1", "[::1]:6379")]
    [InlineData("redis://[localhost]:1", "[::1]:6379")]
    [InlineData("redis://a b", "HOST")]
    [InlineData("redis://a/x", "number")]
    [InlineData("redis://a/-1", "number")]
    [InlineData("redis://a/1,b/2", "once")]
    [InlineData("redis://a?ssl=true", "HOST")]
    [InlineData("redis://secret@a", ":PASSWORD@")]
    [InlineData("redis://:@a", "empty password")]
    [InlineData("redis://:secret%zz@a", "%25")]
    [InlineData("rediss:a:1", "rediss://")]
    public void Wrong_address_is_refused_with_what_would_be_right(string text, string hint)
    {
        var refusal = Assert.Throws<FormatException>(() => StoreAddress.Parse(text));
        Assert.Contains(hint, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }
}
