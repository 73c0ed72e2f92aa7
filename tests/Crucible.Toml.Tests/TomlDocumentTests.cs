namespace Crucible.Toml.Tests;

public class TomlDocumentTests
{
    [Fact]
    public void Everything_that_is_supported_is_read()
    {
        var root = TomlDocument.Parse("""
            # a comment
            socket = "/run/a \"b\" \u00e4\t"   # behind a value
            'quoted key' = 'C:\literal'
            max = -1_000
            zero = +0
            yes = true
            no=false

            [single]
            name = "one"

            [[export]]
            targets = [ "a:1",
                'b:2', # with a comment
                "c:3",
            ]
            [[ export ]]
            targets = []
            """.ReplaceLineEndings("\r\n"));

        Assert.Equal("/run/a \"b\" ä\t", root.TakeString("socket"));
        Assert.Equal(@"C:\literal", root.TakeString("quoted key"));
        Assert.Equal((-1000L, 0L), (root.TakeInteger("max"), root.TakeInteger("zero")));
        Assert.Equal((true, false, (bool?)null), (root.TakeBoolean("yes"), root.TakeBoolean("no"), root.TakeBoolean("absent")));
        var exports = root.TakeTables("export");
        Assert.Equal(["a:1", "b:2", "c:3"], exports[0].TakeStrings("targets"));
        Assert.Equal([], exports[1].TakeStrings("targets"));
        Assert.Equal(new TomlPosition(12, 1), exports[0].Position);
        Assert.Equal(new TomlPosition(13, 11), exports[0].PositionOf("targets"));
        Assert.Equal((null, null, null), (root.TakeString("none"), root.TakeInteger("none"), root.TakeStrings("none")));
        Assert.Empty(root.TakeTables("none"));
    }

    [Theory]
    [InlineData("a = 1\nb = 2\na = 3", "line 3, column 1: 'a' is given twice; first at line 1, column 5")]
    [InlineData("[a]\n[a]", "line 2, column 1: 'a' is given twice; first at line 1, column 1")]
    [InlineData("[a]\n[[a]]", "line 2, column 1: 'a' is given twice")]
    [InlineData("a = ", "line 1, column 5: a value must stand here, not the end of the file")]
    [InlineData("a\n= 1", "line 1, column 2: '=' must follow the key 'a', not the end of the line")]
    [InlineData("= 1", "line 1, column 1: a key must stand here, not '='")]
    [InlineData("a.b = 1", "line 1, column 2: keys with dots are not supported")]
    [InlineData("[a.b]", "line 1, column 3: keys with dots are not supported")]
    [InlineData("[a", "line 1, column 3: ']' must follow, not the end of the file")]
    [InlineData("[[a] ", "line 1, column 4: ']]' must follow, not ']'")]
    [InlineData("a = 1 b = 2", "line 1, column 7: 'b' after the value of 'a'")]
    [InlineData("a = {b = 1}", "line 1, column 5: inline tables are not supported")]
    [InlineData("a = \"\"\"x\"\"\"", "line 1, column 5: strings of several lines are not supported")]
    [InlineData("  a = \"x\ny\"", "line 1, column 7: this string does not end on its line")]
    [InlineData("a = 'x", "line 1, column 5: this string does not end on its line")]
    [InlineData("a = \"\\q\"", "line 1, column 6: '\\' before 'q' means nothing")]
    [InlineData("a = \"\\", "line 1, column 6: '\\' before the end of the file means nothing")]
    [InlineData("a = \"\\u12\"", "line 1, column 6: \\u needs 4 hexadecimal digits")]
    [InlineData("a = \"\\uD800\"", "line 1, column 6: \\u needs 4 hexadecimal digits")]
    [InlineData("a = \"\u0001\"", "line 1, column 6: the control character U+0001 in a string")]
    [InlineData("# \u0001", "line 1, column 3: the control character U+0001 in a comment")]
    [InlineData("a = 1.5", "line 1, column 5: '1.5' is no value that is supported")]
    [InlineData("a = 0x10", "line 1, column 5: '0x10' is no value")]
    [InlineData("a = 012", "line 1, column 5: '012' is no value")]
    [InlineData("a = 1__2", "line 1, column 5: '1__2' is no value")]
    [InlineData("a = -", "line 1, column 5: '-' is no value")]
    [InlineData("a = 9223372036854775808", "line 1, column 5: '9223372036854775808' is no value")]
    [InlineData("a = 2020-01-01", "line 1, column 5: '2020-01-01' is no value")]
    [InlineData("a = True", "line 1, column 5: 'True' is no value")]
    [InlineData("a = [1 2]", "line 1, column 8: ',' or ']' must follow in this array, not '2'")]
    [InlineData("a = [1,", "line 1, column 8: a value must stand here, not the end of the file")]
    [InlineData("a = [,]", "line 1, column 6: a value must stand here, not ','")]
    [InlineData("a = [[[[[[[[[[[[[[[[[", "line 1, column 21: arrays are nested deeper than 16")]
    public void Everything_else_is_refused_with_its_place(string text, string problem)
    {
        var failure = Assert.Throws<TomlException>(() => TomlDocument.Parse(text));

        Assert.StartsWith(problem, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_another_kind_or_out_of_range_is_refused_with_its_place()
    {
        var root = TomlDocument.Parse("a = 1\nb = ['x', 2]\nc = 's'\n[d]\n[[e]]");

        Assert.Equal("line 1, column 5: a must be a string, not an integer", Assert.Throws<TomlException>(() => root.TakeString("a")).Message);
        Assert.Equal("line 1, column 5: a must be from 2 to 9, not 1", Assert.Throws<TomlException>(() => root.TakeInteger("a", 2, 9)).Message);
        Assert.Equal("line 2, column 11: b must be an array of strings, not an integer", Assert.Throws<TomlException>(() => root.TakeStrings("b")).Message);
        Assert.Equal("line 2, column 5: b must be true or false, not an array", Assert.Throws<TomlException>(() => root.TakeBoolean("b")).Message);
        Assert.Equal("line 3, column 5: c must be an integer, not a string", Assert.Throws<TomlException>(() => root.TakeInteger("c")).Message);
        Assert.Equal("line 4, column 1: d must be given as [[d]], not a table", Assert.Throws<TomlException>(() => root.TakeTables("d")).Message);
        Assert.Equal("line 5, column 1: e must be a string, not an array of tables", Assert.Throws<TomlException>(() => root.TakeString("e")).Message);
    }

    [Fact]
    public void A_key_that_nobody_asked_for_is_refused_and_the_known_ones_are_named()
    {
        var root = TomlDocument.Parse("listen = 'x'\n  sokcet = 'y'");
        root.TakeString("socket");
        root.TakeString("listen");

        var failure = Assert.Throws<TomlException>(root.RefuseOthers);

        Assert.Equal("line 2, column 3: unknown key 'sokcet'; there are listen, socket", failure.Message);
        Assert.Equal(new TomlPosition(2, 3), failure.Position);
    }

    [Fact]
    public void I8_whatever_the_text_it_is_read_or_refused()
    {
        const string Alphabet = "ab=\"'\\[]{},.#\n\r\t 01_-+tu\u0000\u0001é";
        const string Good = "a = \"x\\u00e4\"\n[t]\nb = [1, 'two', [true]]\n[[e]]\nc = -5\n";
        var random = new Random(1);
        var read = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = Good.ToCharArray();
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = Alphabet[random.Next(Alphabet.Length)];
            }

            try
            {
                TomlDocument.Parse(new string(text, 0, random.Next(text.Length + 1)));
                read++;
            }
            catch (TomlException)
            {
                // Refused, with its place.
            }
        }

        Assert.InRange(read, 1000, 49_000);
    }
}
